"""One command at a time, and the answer to it among everything that a sensor says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from edge_emotion.clock import Clock
from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.waiting import within

T = TypeVar("T")

PARTS = 16
"""More parts of one answer are not waited for: a strap's settings fill two."""


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
        self._fits: Callable[[T], bool] | None = None
        self._heard: asyncio.Queue[T] = asyncio.Queue(PARTS)

    def put(self, answer: T) -> None:
        """Take what may be an answer; never waits. What nobody waits for is let go."""
        if self._fits is not None and self._fits(answer) and not self._heard.full():
            self._heard.put_nowait(answer)

    async def to(self, command: Coroutine[Any, Any, None], fits: Callable[[T], bool], sensor: str) -> T:
        """Await ``command``, which sends, then give the first that ``fits``; what was said before does not count.

        Raises
        ------
        DeviceError
            If the sensor does not answer in time, or ``command`` fails.
        """
        return (await self.parts(command, fits, lambda _: False, sensor))[0]

    async def parts(
        self,
        command: Coroutine[Any, Any, None],
        fits: Callable[[T], bool],
        goes_on: Callable[[T], bool],
        sensor: str,
    ) -> list[T]:
        """The same for an answer of several parts: after one that ``goes_on`` there is another.

        Raises
        ------
        DeviceError
            If the sensor does not answer to the end in time, or ``command`` fails.
        """
        self._fits = fits
        try:
            await command
            return await within(self._clock, self._answer_s, self._all(goes_on))
        except TimeoutError:
            raise DeviceError(
                DeviceReason.NO_ANSWER,
                f"{sensor} did not answer a command within {self._answer_s:g} s: "
                "switch it off and on (a strap or chest sensor: unclip it for a minute), then try again",
            ) from None
        finally:
            self._fits = None
            while not self._heard.empty():
                self._heard.get_nowait()

    async def _all(self, goes_on: Callable[[T], bool]) -> list[T]:
        parts = [await self._heard.get()]
        while goes_on(parts[-1]) and len(parts) < PARTS:
            parts.append(await self._heard.get())
        return parts
