"""Finding sensors with one scanner."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from edge_emotion.clock import Clock
from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.failures import CONNECTION_ERRORS, OFF, device_error
from edge_emotion.sources.ble.radio import Radio
from edge_emotion.sources.ble.request import SensorRequest
from edge_emotion.sources.ble.waiting import within

NAMED_IN_MESSAGE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A sensor that was heard."""

    device: BLEDevice
    name: str
    rssi_dbm: int


class Finder:
    """Scans for one sensor at a time; whoever scans or connects holds ``turn``, because adapters cannot do both.

    See bleak issues 361, 618, 694, 971, 1036.
    """

    def __init__(self, radio: Radio, clock: Clock, turn: asyncio.Lock | None = None) -> None:
        self.turn = turn or asyncio.Lock()
        self._radio = radio
        self._clock = clock

    async def find(self, request: SensorRequest, patience_s: float, not_these: Collection[str] = ()) -> Found:
        """The first matching sensor that is heard.

        Parameters
        ----------
        not_these
            Addresses of sensors that match and are not wanted.

        Raises
        ------
        DeviceError
            If the radio cannot scan, or nothing matching is heard within ``patience_s``.
        """
        first: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        others: set[str] = set()

        def heard(device: BLEDevice, advertisement: AdvertisementData) -> None:
            name = advertisement.local_name
            matching = request.matches(name, device.address, advertisement.service_uuids)
            if not matching or device.address in not_these:
                others.add(name or device.address)
            elif not first.done():
                first.set_result(
                    Found(device=device, name=name or device.address, rssi_dbm=advertisement.rssi)
                )

        with scanning():
            async with self._radio.scanner(heard):
                try:
                    return await within(self._clock, patience_s, _result(first))
                except TimeoutError:
                    raise _not_found(request, patience_s, others) from None


@contextmanager
def scanning() -> Iterator[None]:
    """Errors of a scanner, in the user's terms."""
    try:
        yield
    except CONNECTION_ERRORS as error:
        raise device_error("the Bluetooth radio cannot scan", error, OFF) from error


async def _result(future: asyncio.Future[Found]) -> Found:
    return await future


def _not_found(request: SensorRequest, patience_s: float, others: set[str]) -> DeviceError:
    names = sorted(others)[:NAMED_IN_MESSAGE]
    more = f" and {len(others) - len(names)} more" if len(others) > len(names) else ""
    heard = f"heard instead: {', '.join(names)}{more}" if others else "no other sensor was heard either"
    return DeviceError(
        DeviceReason.NOT_FOUND,
        f"no {request} was heard within {patience_s:g} s ({heard}): put it on (a strap needs moist electrodes), "
        "close every phone app that is connected to it, and try again",
    )
