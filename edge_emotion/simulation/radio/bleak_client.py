"""bleak's client on a bumble host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bumble.att import ATT_Error
from bumble.core import ConnectionError as BumbleConnectionError
from bumble.core import InvalidStateError
from bumble.core import TimeoutError as BumbleTimeoutError
from bumble.device import Peer
from bumble.gatt import Characteristic

from edge_emotion.simulation.radio.bleak_scanner import uuid_text

ABANDON_AGAIN_S = 0.01
LARGEST_MTU = 517  # what BlueZ asks for
ATT_WRITE_HEADER = 3

BUMBLE_ERRORS = (BumbleConnectionError, BumbleTimeoutError, InvalidStateError)

PROPERTIES: dict[Any, CharacteristicPropertyName] = {
    Characteristic.Properties.BROADCAST: "broadcast",
    Characteristic.Properties.READ: "read",
    Characteristic.Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    Characteristic.Properties.WRITE: "write",
    Characteristic.Properties.NOTIFY: "notify",
    Characteristic.Properties.INDICATE: "indicate",
}


class BumbleClient(BaseBleakClient):
    """Connects to one virtual wearable.

    Parameters
    ----------
    host
        A powered bumble device; several clients share it, as several connections share an adapter.
    """

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        host: Any,
        **_others: object,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        self._target: Any = address_or_ble_device
        self._name = self.address
        if isinstance(address_or_ble_device, BLEDevice):
            self._target = address_or_ble_device.details
            self._name = address_or_ble_device.name or self.address
        self._host = host
        self._connection: Any = None  # bumble is untyped
        self._peer: Any = None
        self._handlers: dict[int, Callable[[bytes], None]] = {}
        self._requests: set[asyncio.Future[Any]] = set()

    @property
    def name(self) -> str:
        """As advertised."""
        return self._name

    @property
    def mtu_size(self) -> int:
        """The negotiated MTU; BlueZ would say 23."""
        return int(self._connection.att_mtu) if self._connection else 23

    @property
    def is_connected(self) -> bool:
        """Whether the link is up."""
        return self._connection is not None

    async def connect(self, pair: bool, **_others: object) -> None:
        """Connect, exchange the MTU, discover everything. Pairing is not simulated."""
        await self._do(self._open())
        await self._do(self._discover())

    async def disconnect(self) -> None:
        """Cut the link, also one that is still being made; nothing happens where there is none."""
        await asyncio.gather(*self._requests, return_exceptions=True)
        if self._connection is not None:
            with suppress(*BUMBLE_ERRORS):  # the wearable may have been faster
                await self._connection.disconnect()

    async def pair(self, *_args: object, **_others: object) -> None:
        """Not simulated."""
        raise BleakError("the virtual radio does not pair")

    async def unpair(self) -> None:
        """Not simulated."""
        raise BleakError("the virtual radio does not pair")

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_others: object
    ) -> bytearray:
        """Read from the wearable, always."""
        return bytearray(await self._do(self._peer_client().read_value(characteristic.obj)))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_others: object
    ) -> bytearray:
        """Read from the wearable, always."""
        return bytearray(await self._do(self._peer_client().read_value(descriptor.obj)))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write to the wearable."""
        await self._do(self._peer_client().write_value(characteristic.obj, bytes(data), response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write to the wearable."""
        await self._do(self._peer_client().write_value(descriptor.obj, bytes(data), True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_others: object
    ) -> None:
        """Subscribe; notifications are preferred to indications."""

        def handler(value: bytes) -> None:
            callback(bytearray(value))

        self._handlers[characteristic.handle] = handler
        prefer_notify = "notify" in characteristic.properties
        await self._do(self._peer_client().subscribe(characteristic.obj, handler, prefer_notify))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        handler = self._handlers.pop(characteristic.handle, None)
        await self._do(self._peer_client().unsubscribe(characteristic.obj, handler))

    async def _open(self) -> None:
        connection = await self._host.connect(self._target, timeout=self._timeout)
        if connection.handle not in self._host.connections:
            raise BleakError("the link was lost at once")
        self._connection = connection
        connection.once("disconnection", self._lost)
        self._peer = Peer(self._connection)
        await self._peer.request_mtu(LARGEST_MTU)

    async def _discover(self) -> None:
        services = BleakGATTServiceCollection()
        for service in await self._peer.discover_services():
            found = BleakGATTService(service, service.handle, uuid_text(service.uuid))
            services.add_service(found)
            for characteristic in await service.discover_characteristics():
                await self._add_characteristic(services, found, characteristic)
        self.services = services

    async def _add_characteristic(
        self, services: BleakGATTServiceCollection, service: BleakGATTService, characteristic: Any
    ) -> None:
        found = BleakGATTCharacteristic(
            characteristic,
            characteristic.handle,
            uuid_text(characteristic.uuid),
            [name for bit, name in PROPERTIES.items() if characteristic.properties & bit],
            lambda: self.mtu_size - ATT_WRITE_HEADER,
            service,
        )
        services.add_characteristic(found)
        for descriptor in await characteristic.discover_descriptors():
            services.add_descriptor(
                BleakGATTDescriptor(descriptor, descriptor.handle, uuid_text(descriptor.type), found)
            )

    def _peer_client(self) -> Any:
        if self._peer is None:
            raise BleakError("not connected")
        return self._peer.gatt_client

    async def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await a bumble operation, with its errors in bleak's terms.

        bumble does not survive that a request is cancelled before its answer, so a cancelled one runs on by itself.
        """
        request = asyncio.ensure_future(work)
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)
        try:
            return await asyncio.shield(request)
        except ATT_Error as error:
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode(error.error_code)) from error
        except BUMBLE_ERRORS as error:
            raise BleakError(str(error)) from error
        except asyncio.CancelledError:
            # the link went down under the request: that is no wish of whoever awaits it
            task = asyncio.current_task()
            if self._connection is None and task is not None and not task.cancelling():
                raise BleakError("disconnected") from None
            raise

    def _lost(self, _reason: int) -> None:
        self._connection = self._peer = None
        self._handlers.clear()
        self._abandon_requests()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    def _abandon_requests(self) -> None:
        """Cancel what would wait for half a minute; again and again, as Python 3.11's wait_for can swallow it."""
        for request in self._requests:
            request.cancel()
        if self._requests:
            asyncio.get_running_loop().call_later(ABANDON_AGAIN_S, self._abandon_requests)
