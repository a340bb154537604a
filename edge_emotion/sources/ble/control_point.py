"""Commands and their answers over one characteristic: write, then an indication that begins with F0 and the command's opcode."""

from __future__ import annotations

from collections.abc import Callable

from edge_emotion.clock import Clock
from edge_emotion.sources.ble.answers import Answers
from edge_emotion.sources.ble.link import Link

RESPONSE_MARK = 0xF0


class ControlPoint:
    """A control characteristic; `subscribe` comes before `command`."""

    def __init__(self, link: Link, characteristic: str, clock: Clock, answer_s: float) -> None:
        self._link = link
        self._characteristic = characteristic
        self._answers: Answers[bytes] = Answers(clock, answer_s)

    async def subscribe(self) -> None:
        """Enable indications."""
        await self._link.subscribe(self._characteristic, self._answers.put)

    async def read(self) -> bytes:
        """Value of the characteristic. BlueZ delivers it as a notification too, which `command` ignores."""
        return await self._link.read(self._characteristic)

    async def command(self, data: bytes) -> bytes:
        """Write ``data`` and give the answer to it, undecoded.

        Raises
        ------
        DeviceError
            If the sensor does not answer in time or the link is lost.
        """
        return (await self.command_in_parts(data, lambda _: False))[0]

    async def command_in_parts(self, data: bytes, goes_on: Callable[[bytes], bool]) -> list[bytes]:
        """The same where an answer may need several indications: after one that ``goes_on`` there is another."""
        mark = bytes((RESPONSE_MARK, data[0]))
        write = self._link.write(self._characteristic, data)
        return await self._answers.parts(write, lambda answer: answer[:2] == mark, goes_on, self._link.sensor)
