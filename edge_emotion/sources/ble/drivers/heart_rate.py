"""Any strap with the Heart Rate service: RR intervals.

A heart rate packet has no time stamp (Heart Rate Service 1.0): its arrival stands for the last beat, and the chain, which
knows the intervals, places the beats.
"""

from __future__ import annotations

import numpy as np

from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.ble.vitals import Vitals
from edge_emotion.types import Modality
from edge_emotion_bridge import HeartRate
from edge_emotion_bridge.uuids import HEART_RATE_MEASUREMENT

NO_HEART_RATE = "it has no Heart Rate service: choose another sensor"


class HeartRateDriver:
    """RR intervals of one strap, in ms."""

    def __init__(self, context: SensorContext) -> None:
        self._track = context.tracks[Modality.RR]
        self._clock = context.clock
        self._vitals = Vitals(context.report, self._beats)

    async def start(self, link: Link) -> None:
        """Subscribing is starting."""
        link.require((HEART_RATE_MEASUREMENT,), NO_HEART_RATE)
        await self._vitals.subscribe(link)

    async def stop(self, link: Link) -> None:
        """Disconnecting is stopping."""

    def _beats(self, packet: HeartRate) -> None:
        rr_ms = np.asarray([rr for rr in packet.rr_ms if rr > 0], dtype=np.float32)
        if len(rr_ms):
            self._track.add_beats(time_ns=self._clock.monotonic_ns(), rr_ms=rr_ms)
