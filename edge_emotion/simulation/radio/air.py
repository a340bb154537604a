"""The air between virtual wearables and the SDK."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from bumble.link import LocalLink

from edge_emotion.simulation.radio.antenna import on_air
from edge_emotion.simulation.radio.bleak_client import BumbleClient
from edge_emotion.simulation.radio.bleak_scanner import BumbleScanner
from edge_emotion.simulation.radio.peripheral import VirtualPeripheral, make_device
from edge_emotion.sources.ble import Radio

HOST_ADDRESS = "F0:00:00:00:00:01"


@asynccontextmanager
async def virtual_radio(*wearables: VirtualPeripheral, air: LocalLink | None = None) -> AsyncIterator[Radio]:
    """Switch ``wearables`` on and give the radio that hears them; at the end everything is switched off.

    No operating system's Bluetooth, adapter or privilege is involved.

    Parameters
    ----------
    air
        Where others are heard too; an air of its own if ``None``.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(_quiet())
        air = air or LocalLink()
        host = make_device("host", HOST_ADDRESS, on_air(air, "host"))
        await host.power_on()
        stack.push_async_callback(host.power_off)
        for wearable in wearables:
            await wearable.power_on(on_air(air, wearable.name))
            stack.push_async_callback(wearable.power_off)
        yield Radio(
            scanner_backend=BumbleScanner,
            client_backend=BumbleClient,
            backend_options={"host": host},
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """bumble warns of every packet that is under way when a link is cut, which here is what links are made for."""
    logger = logging.getLogger("bumble")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
