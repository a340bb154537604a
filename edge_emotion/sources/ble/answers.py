"""One command at a time, and the answer to it among everything that a sensor says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from edge_emotion.clock import Clock
from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.waiting import within

T = TypeVar("T")


class Answers(Generic[T]):
    """Takes what a sensor says and picks the answers.

    Parameters
    ----------
    answer_s
        How long a sensor may take.
    """

    def __init__(self, clock: Clock, answer_s: float) -> None:
        self._clock = clock
        self._answer_s = answer_s
        self._heard: asyncio.Queue[T] = asyncio.Queue()

    def put(self, answer: T) -> None:
        """Take what may be an answer; never waits."""
        self._heard.put_nowait(answer)

    async def to(self, command: Coroutine[Any, Any, None], fits: Callable[[T], bool], sensor: str) -> T:
        """Await ``command``, which sends, then give the first that ``fits``; what was said before does not count.

        Raises
        ------
        DeviceError
            If the sensor does not answer in time, or ``command`` fails.
        """
        while not self._heard.empty():
            self._heard.get_nowait()
        await command
        try:
            return await within(self._clock, self._answer_s, self._first(fits))
        except TimeoutError:
            raise DeviceError(
                DeviceReason.NO_ANSWER,
                f"{sensor} did not answer a command within {self._answer_s:g} s: "
                "switch it off and on (a strap or chest sensor: unclip it for a minute), then try again",
            ) from None

    async def _first(self, fits: Callable[[T], bool]) -> T:
        while not fits(answer := await self._heard.get()):
            pass
        return answer
