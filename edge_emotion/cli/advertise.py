"""``edge-emotion simulate --ble``: a virtual sensor on a real adapter, for whoever writes an app and has no strap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_emotion.cli.stopping import on_stop_signal
from edge_emotion.clock import SystemClock
from edge_emotion.simulation.generator import SimulatedRecording
from edge_emotion.simulation.radio import (
    RecordedSignals,
    VirtualEdaEcgSensor,
    VirtualEdaSensor,
    VirtualHeartRateBelt,
    VirtualMovesense,
    VirtualPeripheral,
    VirtualPolarStrap,
    World,
)
from edge_emotion.simulation.radio.antenna import real_antenna
from edge_emotion.simulation.radio.repeated import RepeatedSignals


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A sensor that can be played, and the rates of its signals."""

    make: Callable[[World], VirtualPeripheral]
    ecg_rate_hz: float = 130.0
    eda_rate_hz: float = 15.0


OFFERS: Mapping[str, Offer] = {
    "polar-h10": Offer(make=VirtualPolarStrap),
    "movesense": Offer(make=VirtualMovesense, ecg_rate_hz=200.0),
    "heart-rate": Offer(make=VirtualHeartRateBelt),
    "open-eda": Offer(make=VirtualEdaSensor),
    "open-eda-ecg": Offer(make=VirtualEdaEcgSensor, eda_rate_hz=13.0),
}


async def advertise(
    made: SimulatedRecording, sensor: str, transport: str, say: Callable[[str], None]
) -> None:
    """Play ``sensor`` on the adapter behind ``transport`` until the process is asked to stop.

    Raises
    ------
    DeviceError
        If the adapter cannot be had.
    """
    stop = asyncio.Event()
    clock = SystemClock()
    signals = RepeatedSignals(once=RecordedSignals.of(made), length_s=made.phases[-1].end_s)
    world = World(clock=clock, signals=signals, origin_ns=clock.monotonic_ns())
    peripheral = OFFERS[sensor].make(world)
    peripheral.tell_links(lambda up: say("connected" if up else "disconnected"))
    async with real_antenna(transport) as antenna:
        await peripheral.power_on(antenna)
        say(f"advertising {peripheral.name!r} ({peripheral.address}) on {transport}; Ctrl-C ends it")
        try:
            with on_stop_signal(stop.set):
                await stop.wait()
        finally:
            await peripheral.power_off()
