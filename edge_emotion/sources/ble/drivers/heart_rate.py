"""Any strap with the Heart Rate service: RR intervals.

A heart rate packet has no time stamp (Heart Rate Service 1.0), so the sum of all intervals is the device's clock: it runs
with the beats, and its offset to the host's clock is found as for any other sensor. A lost packet leaves it behind by the
lost beats, which the moving envelope makes up for slowly.
"""

from __future__ import annotations

import numpy as np

from edge_emotion.sources.ble.context import SensorContext
from edge_emotion.sources.ble.device_clock import DeviceClock
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.ble.vitals import Vitals
from edge_emotion_bridge import HeartRate
from edge_emotion_bridge.heart_rate import RR_UNITS_PER_S
from edge_emotion_bridge.uuids import HEART_RATE_MEASUREMENT

NO_HEART_RATE = "it has no Heart Rate service: choose another sensor"

NS_PER_UNIT = 1e9 / RR_UNITS_PER_S


class HeartRateDriver:
    """RR intervals of one strap, in ms."""

    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._vitals = Vitals(context.report, self._beats)
        self._begin()

    def _begin(self) -> None:
        self._clock = DeviceClock()
        self._elapsed_units = 0

    async def start(self, link: Link) -> None:
        """Subscribing is starting."""
        link.require((HEART_RATE_MEASUREMENT,), NO_HEART_RATE)
        self._begin()
        await self._vitals.subscribe(link)

    async def stop(self, link: Link) -> None:
        """Disconnecting is stopping."""

    def _beats(self, packet: HeartRate) -> None:
        intervals = [rr for rr in packet.rr_1024 if rr > 0]
        if not intervals:
            return
        self._elapsed_units += sum(intervals)
        aligned = self._clock.align(
            device_ns=round(self._elapsed_units * NS_PER_UNIT),
            span_ns=round(sum(intervals) * NS_PER_UNIT),
            arrival_ns=self._context.clock.monotonic_ns(),
        )
        if aligned.restarted:
            self._context.track.restart()
        rr_ms = np.asarray(intervals, dtype=np.float32) * np.float32(1000 / RR_UNITS_PER_S)
        self._context.track.add_beats(time_ns=aligned.host_ns, rr_ms=rr_ms)
