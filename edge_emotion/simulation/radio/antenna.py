"""Where a bumble host's HCI packets go: a virtual controller in this process, or a real adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport import open_transport

from edge_emotion.errors import DeviceError, DeviceReason

ADVICE = (
    "an adapter of this machine is hci-socket:0 (as root, after: sudo bluetoothctl power off; "
    "sudo systemctl stop bluetooth) or usb:0 (any system, the adapter taken from its driver); tcp-client:HOST:PORT "
    "is a controller elsewhere"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Antenna:
    """A controller's two ends; bumble is untyped."""

    source: Any
    sink: Any


def on_air(air: LocalLink, name: str) -> Antenna:
    """A virtual controller on ``air``."""
    controller = Controller(name, link=air)
    return Antenna(source=controller, sink=controller)


@asynccontextmanager
async def real_antenna(transport: str) -> AsyncIterator[Antenna]:
    """A controller behind one of bumble's transports, such as ``hci-socket:0`` or ``usb:0``.

    Raises
    ------
    DeviceError
        If there is no such adapter or it cannot be had.
    """
    try:
        opened = await open_transport(transport)
    except Exception as error:  # every transport raises what its own library does, some of it plain Exception
        what = str(error) or type(error).__name__
        raise DeviceError(
            DeviceReason.BLUETOOTH_OFF, f"{transport}: the adapter cannot be opened ({what}): {ADVICE}"
        ) from error
    try:
        yield Antenna(source=opened.source, sink=opened.sink)
    finally:
        await opened.close()
