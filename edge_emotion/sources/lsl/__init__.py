"""Signals from the Lab Streaming Layer: for sensors without a public Bluetooth service (EmotiBit, BrainFlow, Shimmer).

Whatever publishes its samples with LSL on this network can be read. Needs the ``lsl`` extra.
"""

from __future__ import annotations

from edge_emotion.sources.lsl.request import StreamRequest
from edge_emotion.sources.lsl.source import LslSource

__all__ = ["LslSource", "StreamRequest"]
