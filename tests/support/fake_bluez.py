"""org.bluez on a private D-Bus, as far as bleak needs it: one adapter, one heart rate strap, and BlueZ's errors on demand.

The annotations of methods are D-Bus signatures, as dbus-fast wants them, so there is no ``from __future__ import annotations``.
"""
# ruff: noqa: F722, F821, N802

import asyncio
from collections import defaultdict, deque

from dbus_fast import DBusError, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

ADAPTER = "/org/bluez/hci0"
DEVICE = f"{ADAPTER}/dev_C0_00_00_00_00_10"
HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a37-0000-1000-8000-00805f9b34fb"
RR_1024 = (832).to_bytes(2, "little")
READ = PropertyAccess.READ
EVERY_S = 0.02


class Faults:
    """Errors that wait for a method to be called."""

    def __init__(self) -> None:
        self.raised: list[str] = []
        self._waiting: defaultdict[str, deque[tuple[str, str]]] = defaultdict(deque)

    def add(self, method: str, name: str, text: str = "", times: int = 1) -> None:
        self._waiting[method].extend([(name, text)] * times)

    def meet(self, method: str) -> None:
        if self._waiting[method]:
            name, text = self._waiting[method].popleft()
            self.raised.append(name)
            raise DBusError(name, text)


class Adapter(ServiceInterface):
    def __init__(self, bluez: "FakeBlueZ", powered: bool) -> None:
        super().__init__("org.bluez.Adapter1")
        self._bluez = bluez
        self._powered = powered
        self.discovering = False

    @dbus_method()
    def SetDiscoveryFilter(self, properties: "a{sv}"):
        self._bluez.faults.meet("SetDiscoveryFilter")

    @dbus_method()
    def StartDiscovery(self):
        self._bluez.faults.meet("StartDiscovery")
        self.discovering = True
        self.emit_properties_changed({"Discovering": True})
        self._bluez.spawn(self._advertise())

    @dbus_method()
    def StopDiscovery(self):
        self.discovering = False
        self.emit_properties_changed({"Discovering": False})

    @dbus_method()
    def RemoveDevice(self, device: "o"):
        self._bluez.removed += 1

    @dbus_property(access=READ)
    def Address(self) -> "s":
        return "00:AA:01:00:00:01"

    @dbus_property(access=READ)
    def Powered(self) -> "b":
        return self._powered

    @dbus_property(access=READ)
    def Discovering(self) -> "b":
        return self.discovering

    @dbus_property(access=READ)
    def Roles(self) -> "as":
        return ["central", "peripheral"]

    async def _advertise(self) -> None:
        while self.discovering:
            self._bluez.device.emit_properties_changed({"RSSI": -51})
            await asyncio.sleep(EVERY_S)


class Device(ServiceInterface):
    def __init__(self, bluez: "FakeBlueZ") -> None:
        super().__init__("org.bluez.Device1")
        self._bluez = bluez
        self._connected = False

    @dbus_method()
    async def Connect(self):
        try:
            self._bluez.faults.meet("Connect")
        except DBusError as error:
            if "abort" in error.text:  # BlueZ was connected for a moment
                self.emit_properties_changed({"Connected": True})
                self.emit_properties_changed({"Connected": False})
            raise
        self._connected = True
        self.emit_properties_changed({"Connected": True})
        self.emit_properties_changed({"ServicesResolved": True})

    @dbus_method()
    def Disconnect(self):
        if not self._connected:
            raise DBusError("org.bluez.Error.NotConnected", "Not Connected")
        self.drop()

    def drop(self) -> None:
        """Lose the link."""
        self._connected = False
        self._bluez.measurement.notifying = False
        self.emit_properties_changed({"ServicesResolved": False})
        self.emit_properties_changed({"Connected": False})

    @dbus_property(access=READ)
    def Address(self) -> "s":
        return "C0:00:00:00:00:10"

    @dbus_property(access=READ)
    def Name(self) -> "s":
        return "Strap"

    @dbus_property(access=READ)
    def Alias(self) -> "s":
        return "Strap"

    @dbus_property(access=READ)
    def Paired(self) -> "b":
        return False

    @dbus_property(access=READ)
    def Connected(self) -> "b":
        return self._connected

    @dbus_property(access=READ)
    def ServicesResolved(self) -> "b":
        return self._connected

    @dbus_property(access=READ)
    def UUIDs(self) -> "as":
        return [HEART_RATE]

    @dbus_property(access=READ)
    def RSSI(self) -> "n":
        return -50

    @dbus_property(access=READ)
    def Adapter(self) -> "o":
        return ADAPTER


class Service(ServiceInterface):
    def __init__(self) -> None:
        super().__init__("org.bluez.GattService1")

    @dbus_property(access=READ)
    def UUID(self) -> "s":
        return HEART_RATE

    @dbus_property(access=READ)
    def Primary(self) -> "b":
        return True

    @dbus_property(access=READ)
    def Device(self) -> "o":
        return DEVICE


class Measurement(ServiceInterface):
    def __init__(self, bluez: "FakeBlueZ") -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self._bluez = bluez
        self.notifying = False

    @dbus_method()
    def StartNotify(self):
        self._bluez.faults.meet("StartNotify")
        self.notifying = True
        self._bluez.spawn(self._beat())

    @dbus_method()
    def StopNotify(self):
        self.notifying = False

    @dbus_method()
    def AcquireNotify(self, options: "a{sv}"):
        self._bluez.acquired += 1
        raise DBusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")

    @dbus_property(access=READ)
    def NotifyAcquired(self) -> "b":
        """That it is there at all says that it may be acquired."""
        return False

    @dbus_property(access=READ)
    def UUID(self) -> "s":
        return MEASUREMENT

    @dbus_property(access=READ)
    def Service(self) -> "o":
        return f"{DEVICE}/service000a"

    @dbus_property(access=READ)
    def Flags(self) -> "as":
        return ["notify"]

    @dbus_property(access=READ)
    def Value(self) -> "ay":
        return b""

    @dbus_property(access=READ)
    def Notifying(self) -> "b":
        return self.notifying

    @dbus_property(access=READ)
    def MTU(self) -> "q":
        return 23

    async def _beat(self) -> None:
        while self.notifying:
            self.emit_properties_changed({"Value": bytes([0x10, 72]) + RR_1024})
            await asyncio.sleep(EVERY_S)


class FakeBlueZ:
    """The daemon.

    Attributes
    ----------
    removed
        How often a client let it forget the strap.
    acquired
        How often a client asked for notifications by file descriptor, which this strap, as real ones, does not survive.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.removed = 0
        self.acquired = 0
        self.device = Device(self)
        self.measurement = Measurement(self)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, address: str, *, adapter: bool = True, powered: bool = True) -> None:
        """Appear on the bus at ``address``."""
        self._bus = await MessageBus(bus_address=address).connect()
        self._bus.export("/", ServiceInterface("org.example.Root"))
        if adapter:
            self.plug_in(powered)
        await self._bus.request_name("org.bluez")

    def plug_in(self, powered: bool = True) -> None:
        """The adapter appears, with a strap that was seen before."""
        self._bus.export(ADAPTER, Adapter(self, powered))
        self._bus.export(DEVICE, self.device)
        self._bus.export(f"{DEVICE}/service000a", Service())
        self._bus.export(f"{DEVICE}/service000a/char000b", self.measurement)

    def pull_out(self) -> None:
        """The adapter is gone, and everything with it."""
        self.device.drop()
        for path in (f"{DEVICE}/service000a/char000b", f"{DEVICE}/service000a", DEVICE, ADAPTER):
            self._bus.unexport(path)

    async def stop(self) -> None:
        """Leave the bus."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._bus.disconnect()

    def spawn(self, work) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
