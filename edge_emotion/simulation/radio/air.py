"""The air between virtual wearables and the SDK."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bumble.link import LocalLink

from edge_emotion.simulation.radio.bleak_client import BumbleClient
from edge_emotion.simulation.radio.bleak_scanner import BumbleScanner
from edge_emotion.simulation.radio.peripheral import VirtualPeripheral, make_device
from edge_emotion.sources.ble import Radio

# bumble warns of every packet that is still under way when a link is cut; whoever configures logging still gets that.
logging.getLogger("bumble").addHandler(logging.NullHandler())

HOST_ADDRESS = "F0:00:00:00:00:01"


@asynccontextmanager
async def virtual_radio(*wearables: VirtualPeripheral) -> AsyncIterator[Radio]:
    """Switch ``wearables`` on and give the radio that hears them; at the end everything is switched off.

    No operating system's Bluetooth, adapter or privilege is involved.
    """
    air = LocalLink()
    host = make_device("host", HOST_ADDRESS, air)
    await host.power_on()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(host.power_off)
        for wearable in wearables:
            await wearable.power_on(air)
            stack.push_async_callback(wearable.power_off)
        yield Radio(
            scanner_backend=BumbleScanner,
            client_backend=BumbleClient,
            backend_options={"host": host},
        )
