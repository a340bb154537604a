"""Sensors without hardware: virtual wearables and a bleak backend on bumble's in-process radio. Needs the ``simulate`` extra.

Everything above the antenna is real: advertising, ATT over L2CAP, subscriptions, indications, MTU exchange.

>>> world = World(clock=clock, signals=RecordedSignals.of(recording), origin_ns=clock.monotonic_ns())  # doctest: +SKIP
>>> async with virtual_radio(VirtualPolarStrap(world), VirtualEdaSensor(world)) as radio:  # doctest: +SKIP
...     source = BleSource.from_names(ecg="polar-h10", eda="open-eda", clock=clock, radio=radio)
"""

from __future__ import annotations

from edge_emotion.simulation.radio.air import virtual_radio
from edge_emotion.simulation.radio.belt import VirtualHeartRateBelt
from edge_emotion.simulation.radio.disturbance import Disturbance
from edge_emotion.simulation.radio.eda_ecg_sensor import VirtualEdaEcgSensor
from edge_emotion.simulation.radio.eda_sensor import VirtualEdaSensor
from edge_emotion.simulation.radio.movesense import VirtualMovesense
from edge_emotion.simulation.radio.peripheral import VirtualPeripheral
from edge_emotion.simulation.radio.strap import VirtualPolarStrap
from edge_emotion.simulation.radio.world import RecordedSignals, SignalProvider, WearableClock, World

__all__ = [
    "Disturbance",
    "RecordedSignals",
    "SignalProvider",
    "VirtualEdaEcgSensor",
    "VirtualEdaSensor",
    "VirtualHeartRateBelt",
    "VirtualMovesense",
    "VirtualPeripheral",
    "VirtualPolarStrap",
    "WearableClock",
    "World",
    "virtual_radio",
]
