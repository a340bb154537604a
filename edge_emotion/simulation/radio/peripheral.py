"""What all virtual wearables have in common: a radio, services, connections that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from bumble.core import UUID, AdvertisingData
from bumble.core import ConnectionError as BumbleConnectionError
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.hci import Address, HCI_Error

from edge_emotion.simulation.radio.antenna import Antenna

ADVERTISING_INTERVAL_MS = 20
ATT_NOTIFICATION_HEADER = 3

READ = Characteristic.Properties.READ
WRITE = Characteristic.Properties.WRITE
NOTIFY = Characteristic.Properties.NOTIFY
INDICATE = Characteristic.Properties.INDICATE
READABLE = Characteristic.READABLE
WRITEABLE = Characteristic.WRITEABLE


def make_device(name: str, address: str, antenna: Antenna) -> Device:
    """A bumble host; random static addresses only, virtual links know no others."""
    configuration = DeviceConfiguration(
        name=name,
        address=Address(address),
        advertising_interval_min=ADVERTISING_INTERVAL_MS,
        advertising_interval_max=ADVERTISING_INTERVAL_MS,
    )
    return Device.from_config_with_hci(configuration, antenna.source, antenna.sink)


def _nobody_listens(_up: bool) -> None:
    """Links come and go without a word."""


class VirtualPeripheral:
    """A wearable that advertises, is connected to by one central, and serves its services.

    Parameters
    ----------
    name, address
        As advertised; the address is random static (its first byte is C0 or above).
    services
        GATT services.
    advertised
        UUIDs of services in the advertising data.
    """

    def __init__(
        self, *, name: str, address: str, services: Sequence[Service], advertised: Sequence[str]
    ) -> None:
        self.name = name
        self.address = address
        self._services = list(services)
        self._advertised = [UUID(u) for u in advertised]
        self._device: Any = None  # bumble is untyped
        self._tasks: set[asyncio.Task[None]] = set()
        self._disturbed: dict[str, Callable[[bytes], list[bytes]]] = {}
        self._link_changed: Callable[[bool], None] = _nobody_listens

    def tell_links(self, tell: Callable[[bool], None]) -> None:
        """Call ``tell`` with true whenever a central connects, with false whenever it is gone."""
        self._link_changed = tell

    async def power_on(self, antenna: Antenna) -> None:
        """Begin to advertise."""
        self._device = make_device(self.name, self.address, antenna)
        self._device.add_services(self._services)
        self._device.advertising_data = self._advertisement()
        self._device.on("connection", self._connection)
        await self._device.power_on()
        await self.come_back()

    async def power_off(self) -> None:
        """Every stream ends, every connection is cut, advertising stops."""
        await self.leave()
        await self._cancel_tasks()
        await self._device.power_off()

    async def leave(self) -> None:
        """Be out of range: cut, and not heard."""
        await self._device.stop_advertising()
        await self.drop()
        await self._device.stop_advertising()  # a cut connection starts it again

    async def come_back(self) -> None:
        """Be heard."""
        await self._device.start_advertising(auto_restart=True)

    async def drop(self) -> None:
        """Cut the connection without a word, as walking out of range does; advertise again."""
        for connection in list(self._device.connections.values()):
            with suppress(BumbleConnectionError, HCI_Error):  # the central may have been faster
                await connection.disconnect()

    @property
    def connected(self) -> bool:
        """Whether a central is connected."""
        return self._device is not None and bool(self._device.connections)

    def on_connected(self) -> None:
        """A central has connected; for subclasses."""

    def payload_size(self) -> int:
        """Bytes that one notification can carry on the present connection."""
        connections = self._device.connections.values()
        return int(min(c.att_mtu for c in connections)) - ATT_NOTIFICATION_HEADER if connections else 20

    async def notify(self, characteristic: Characteristic, value: bytes) -> None:
        """Send to the central if it has subscribed."""
        disturb = self._disturbed.get(characteristic.uuid.to_hex_str("-").lower())
        for packet in disturb(value) if disturb else [value]:
            for connection in list(self._device.connections.values()):
                await self._device.notify_subscriber(connection, characteristic, packet)

    def disturb(self, characteristic: str, disturb: Callable[[bytes], list[bytes]]) -> None:
        """Send what ``disturb`` makes of each notification of a characteristic, instead of it."""
        self._disturbed[characteristic] = disturb

    async def indicate(self, characteristic: Characteristic, value: bytes) -> None:
        """Send to the central if it has subscribed, and wait for its confirmation."""
        for connection in list(self._device.connections.values()):
            await self._device.indicate_subscriber(connection, characteristic, value)

    async def inject(self, characteristic: str, value: bytes) -> None:
        """Notify raw bytes, to see how a reader takes what no wearable should send."""
        wanted = UUID(characteristic)
        for service in self._services:
            for candidate in service.characteristics:
                if candidate.uuid == wanted:
                    await self.notify(candidate, value)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run ``work`` until it ends, the connection is lost or the wearable is switched off."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _connection(self, connection: Connection) -> None:
        connection.on("disconnection", self._disconnection)
        self._link_changed(True)
        self.on_connected()

    def _disconnection(self, _reason: int) -> None:
        for task in self._tasks:
            task.cancel()
        self._link_changed(False)

    async def _cancel_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _advertisement(self) -> bytes:
        """Name and services; the flags say: general discoverable, Bluetooth LE only."""
        kind = AdvertisingData
        parts = [(kind.FLAGS, b"\x06"), (kind.COMPLETE_LOCAL_NAME, self.name.encode())]
        for size, list_type in (
            (2, kind.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS),
            (16, kind.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS),
        ):
            uuids = b"".join(bytes(u) for u in self._advertised if len(bytes(u)) == size)
            parts += [(list_type, uuids)] if uuids else []
        return bytes(AdvertisingData(parts))
