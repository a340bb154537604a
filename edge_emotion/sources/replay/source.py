"""Playing a recording: as fast as it goes, or by a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from edge_emotion.clock import Clock
from edge_emotion.errors import UsageError
from edge_emotion.sources import SourceItem
from edge_emotion.sources.replay.packets import packets
from edge_emotion.sources.replay.recording import Recording
from edge_emotion.types import NS_PER_S, Modality

LONGEST_PACKET_S = 1.0


class ReplaySource:
    """A recording as a source; times are those of the recording.

    Parameters
    ----------
    recording
        What to play.
    modalities
        Which of its signals; one cardiac and/or EDA.
    clock
        The recording's time axis is this clock's: a packet is delivered when the clock has reached the time of its last
        sample. Hand in a clock that starts at zero, such as ``ScaledClock(1.0)`` for real time. ``None``: as fast as it goes.
    packet_s
        Longest span of a packet, at most 1 s.

    Raises
    ------
    RecordingError
        If the recording lacks one of the modalities.
    UsageError
        If ``packet_s`` is out of range.
    """

    def __init__(
        self,
        recording: Recording,
        modalities: tuple[Modality, ...],
        clock: Clock | None = None,
        packet_s: float = 0.5,
    ) -> None:
        if not 0 < packet_s <= LONGEST_PACKET_S:
            raise UsageError(f"packet_s given: {packet_s:g}; allowed: above 0 to {LONGEST_PACKET_S:g} s")
        self.modalities = modalities
        self.recording = recording
        self._clock = clock
        self._packets = packets(recording, modalities, packet_s)

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        for packet in self._packets:
            await self._wait_until(packet.due_ns)
            yield packet.item

    async def aclose(self) -> None:
        """Nothing to release: the file was read before."""

    async def _wait_until(self, due_ns: int) -> None:
        if self._clock is None:
            await asyncio.sleep(0)  # lets a signal handler or another task run
            return
        remaining_ns = due_ns - self._clock.monotonic_ns()
        if remaining_ns > 0:
            await self._clock.sleep(remaining_ns / NS_PER_S)
