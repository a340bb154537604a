"""One connection to one sensor, with errors in the user's terms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from bleak import BleakClient
from bleak.args.bluez import BlueZNotifyArgs
from bleak.backends.device import BLEDevice

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.failures import ABORTED, CONNECTION_ERRORS, device_error
from edge_emotion.sources.ble.radio import Radio

DISCONNECT_S = 10.0
"""BlueZ takes two to three seconds; bleak 3.1 waits for ever where a connect ran out of time between two of its own attempts."""

Heard = Callable[[str, str, bytes], None]
"""Takes sensor, characteristic and content of a notification."""


def nobody_listens(sensor: str, characteristic: str, data: bytes) -> None:
    """Notifications go to their handlers alone."""


class Link:
    """A connected sensor.

    Attributes
    ----------
    lost
        Set when the link went down.
    stale
        Whether what the system remembers of the sensor is to be forgotten.
    """

    def __init__(
        self, client: BleakClient, sensor: str, lost: asyncio.Event, heard: Heard = nobody_listens
    ) -> None:
        self.sensor = sensor
        self.lost = lost
        self.stale = False
        self._heard = heard
        self._client = client

    def has(self, characteristic: str) -> bool:
        """Whether the sensor has this characteristic."""
        return self._client.services.get_characteristic(characteristic) is not None

    def notifies(self, characteristic: str) -> bool:
        """Whether the sensor has this characteristic and it can be subscribed to."""
        found = self._client.services.get_characteristic(characteristic)
        return found is not None and not {"notify", "indicate"}.isdisjoint(found.properties)

    def require(self, characteristics: tuple[str, ...], advice: str) -> None:
        """Raise `DeviceError` with ``advice`` if the sensor lacks one of them."""
        missing = [c for c in characteristics if not self.has(c)]
        if missing:
            raise DeviceError(
                DeviceReason.MISSING_SERVICE,
                f"{self.sensor} is connected but has no characteristic {missing[0]}: {advice}",
            )

    def forget(self) -> None:
        """Once it is left, let the system forget what it remembers of the sensor: after an update of its firmware that is wrong
        (bleak issue 882)."""
        self.stale = True

    async def subscribe(self, characteristic: str, handle: Callable[[bytes], None]) -> None:
        """Call ``handle`` with every notification or indication."""

        def received(_: object, data: bytearray) -> None:
            content = bytes(data)
            self._heard(self.sensor, characteristic, content)
            handle(content)

        with self._translated("subscribe"):
            # StartNotify: AcquireNotify broke devices (bleak issue 1885), and the default changed twice.
            await self._client.start_notify(
                characteristic, received, bluez=BlueZNotifyArgs(use_start_notify=True)
            )

    async def read(self, characteristic: str) -> bytes:
        """Value of a characteristic."""
        with self._translated("read"):
            return bytes(await self._client.read_gatt_char(characteristic))

    async def write(self, characteristic: str, data: bytes) -> None:
        """Write with response."""
        with self._translated("write"):
            await self._client.write_gatt_char(characteristic, data, response=True)

    @contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        try:
            yield
        except CONNECTION_ERRORS as error:
            raise device_error(f"{self.sensor}: {action} failed", error, ABORTED) from error


@asynccontextmanager
async def connected(
    radio: Radio, device: BLEDevice, sensor: str, heard: Heard = nobody_listens
) -> AsyncIterator[Link]:
    """A link to ``device``, disconnected at the end; ``heard`` is called with every notification before its handler.

    Raises
    ------
    DeviceError
        If the connection cannot be made.
    """
    lost = asyncio.Event()
    client = radio.client(device, lambda _: lost.set())
    link = Link(client, sensor, lost, heard)
    try:
        try:
            await client.connect()
        except CONNECTION_ERRORS as error:
            raise device_error(f"{sensor} was heard but the connection failed", error, ABORTED) from error
        yield link
    finally:
        with suppress(*CONNECTION_ERRORS):  # the link may be gone already, or never have been
            async with asyncio.timeout(DISCONNECT_S):
                await client.disconnect()
        if link.stale:
            with suppress(NotImplementedError, *CONNECTION_ERRORS):  # not every system remembers
                await client.unpair()
