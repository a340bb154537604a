"""Sensors over Bluetooth LE, on bleak's public API alone.

::

    supervisor ── finder ── radio (bleak scanner and client, or a virtual one)
        │  └───── link ──── control_point
        │            │ bytes
        └─ drivers: polar, movesense, heart_rate, open_eda ── edge_emotion_bridge decodes
                     │ packets
             device_stream, device_clock (device time -> host time), track (order, gaps)
                     │ Samples, Gap, SensorEvent
                  outbox ── BleSource ── whoever iterates
"""

from __future__ import annotations

from edge_emotion.sources.ble.policy import LinkPolicy
from edge_emotion.sources.ble.radio import Radio
from edge_emotion.sources.ble.request import SensorKind, SensorRequest
from edge_emotion.sources.ble.source import BleSource

__all__ = ["BleSource", "LinkPolicy", "Radio", "SensorKind", "SensorRequest"]
