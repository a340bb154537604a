"""The virtual machine: the real Linux kernel and bluetoothd; its adapter is on bumble's air, its D-Bus is this process's."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bumble import core, hci
from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport import open_transport
from dbus_fast import BusType, Message, Variant
from dbus_fast.aio import MessageBus

START_S = 120.0
MACHINE = shlex.split(
    "qemu-system-x86_64 -M q35 -accel tcg -cpu max -m 256 -nodefaults -no-user-config -display none -serial stdio -no-reboot"
    " -append 'console=ttyS0 panic=-1 quiet mitigations=off'"
)


class NotReadyError(Exception):
    """The machine did not start, which says nothing about Bluetooth."""


class PublicAir(LocalLink):
    """bumble sends data from a controller's random address even where it connected with its public one, as BlueZ does."""

    def send_acl_data(self, sender: Any, dest: Any, transport: Any, data: bytes) -> None:
        connection = sender.le_connections.get(dest)
        receiver = self.find_le_controller(dest)
        if transport != core.PhysicalTransport.LE or connection is None or receiver is None:
            super().send_acl_data(sender, dest, transport, data)
            return
        source = connection.self_address
        asyncio.get_running_loop().call_soon(lambda: receiver.on_link_acl_data(source, transport, data))


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def machine(folder: Path, air: LocalLink) -> AsyncIterator[None]:
    """The virtual machine, with its adapter on ``air`` and powered; the process's system bus is its own."""
    hci_port, bus_port = free_port(), free_port()
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"tcp:host=127.0.0.1,port={bus_port}"
    transport = await open_transport(f"tcp-server:127.0.0.1:{hci_port}")
    address = "00:AA:01:00:00:01"
    controller = Controller(
        "BlueZ", host_source=transport.source, host_sink=transport.sink, link=air, public_address=address
    )
    controller.le_features &= ~(hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING)
    wires = (
        *("-kernel", str(folder / "vmlinux"), "-initrd", str(folder / "initramfs.gz")),
        *("-chardev", f"socket,id=hci,host=127.0.0.1,port={hci_port},reconnect=1"),
        *("-device", "virtio-serial-pci", "-device", "virtconsole,chardev=hci"),
        *("-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{bus_port}-10.0.2.15:5555"),
        *("-device", "virtio-net-pci,netdev=net"),
    )
    with (folder / "machine.log").open("w") as log:
        guest = subprocess.Popen([*MACHINE, *wires], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            bus = await until(connected_bus, START_S)
            await until(lambda: powered(bus), START_S)
            bus.disconnect()
            yield
        finally:
            guest.terminate()
            guest.wait()
            await transport.close()


async def until(attempt: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    """The first result of ``attempt`` that is something."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        try:
            if (result := await asyncio.wait_for(attempt(), 5)) is not None:
                return result
        except (TimeoutError, OSError, EOFError):
            pass  # it is still starting
        await asyncio.sleep(0.25)
    raise NotReadyError(f"the machine did not get ready within {seconds:g} s; its log lies beside its image")


async def connected_bus() -> MessageBus:
    return await MessageBus(bus_type=BusType.SYSTEM).connect()


async def powered(bus: MessageBus) -> bool | None:
    """Switch the adapter on; ``None`` while there is none."""
    reply = await bus.call(
        Message(
            destination="org.bluez",
            path="/org/bluez/hci0",
            interface="org.freedesktop.DBus.Properties",
            member="Set",
            signature="ssv",
            body=["org.bluez.Adapter1", "Powered", Variant("b", True)],
        )
    )
    return True if reply is not None and reply.error_name is None else None
