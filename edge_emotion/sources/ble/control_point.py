"""Commands and their answers over one characteristic: write, then an indication that begins with F0 and the command's opcode."""

from __future__ import annotations

import asyncio

from edge_emotion.clock import Clock
from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.ble.waiting import within

RESPONSE_MARK = 0xF0


class ControlPoint:
    """A subscribed control characteristic; make it with `open_control_point`."""

    def __init__(self, link: Link, characteristic: str, clock: Clock, answer_s: float) -> None:
        self._link = link
        self._characteristic = characteristic
        self._clock = clock
        self._answer_s = answer_s
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def subscribe(self) -> None:
        """Enable indications."""
        await self._link.subscribe(self._characteristic, self._answers.put_nowait)

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
        while not self._answers.empty():
            self._answers.get_nowait()
        await self._link.write(self._characteristic, data)
        try:
            return await within(self._clock, self._answer_s, self._answer(data[0]))
        except TimeoutError:
            raise DeviceError(
                DeviceReason.NO_ANSWER,
                f"{self._link.sensor} did not answer command {data.hex()} within {self._answer_s:g} s: "
                "switch it off and on (a strap: unclip it for a minute), then try again",
            ) from None

    async def _answer(self, opcode: int) -> bytes:
        while True:
            data = await self._answers.get()
            if data[:2] == bytes((RESPONSE_MARK, opcode)):
                return data
