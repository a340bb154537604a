"""A signal that is sent packet by packet, each as soon as its last sample was taken."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from edge_emotion.simulation.radio.world import World

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class PacedStream:
    """Starts and stops at a sensor's command.

    Parameters
    ----------
    packet_length
        How many samples the next packet has.
    grain
        The first packet begins at a multiple of so many samples.
    send
        Sends samples [start, start + count) and gives how many there were: fewer at the end of the signal.
    spawn
        Runs the stream until its connection is lost, as `VirtualPeripheral.spawn` does.
    """

    def __init__(
        self,
        *,
        world: World,
        rate_hz: float,
        packet_length: Callable[[], int],
        send: Callable[[int, int], Awaitable[int]],
        spawn: Spawn,
        grain: int = 1,
    ) -> None:
        self._world = world
        self._rate_hz = rate_hz
        self._packet_length = packet_length
        self._send = send
        self._spawn = spawn
        self._grain = grain
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether samples are being sent."""
        return self._task is not None and not self._task.done() and not self._task.cancelling()

    def start(self) -> None:
        """Send from the first sample that is taken from now on; a stream that runs begins anew."""
        self.stop()
        self._task = self._spawn(self._run())

    def stop(self) -> None:
        """Send no more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        start = math.ceil(self._world.elapsed_s * self._rate_hz / self._grain) * self._grain
        while True:
            count = self._packet_length()
            await self._world.until((start + count - 1) / self._rate_hz)
            if await self._send(start, count) < count:
                return
            start += count
