"""Offset and skew of a device's clock against the host's, from packets that may be late but never early.

The lower envelope of (arrival - device time) is a straight line: its height is the offset (plus the shortest way a packet can
take), its slope the skew. Of every `BUCKET_NS` the most prompt packet is one point of it; a line with forgetting goes through
these points and bends to the lower ones.
"""

from __future__ import annotations

from edge_emotion.signals.timing.line_fit import LineFit
from edge_emotion.types import NS_PER_S

BUCKET_NS = 10 * NS_PER_S
BUCKET_PACKETS = 8
LONGEST_BUCKET_NS = 60 * NS_PER_S
"""A bucket is over after so much time *and* so many packets: with slow packets the most prompt of two would say little."""

MEMORY_S = 300.0
"""Crystals drift with temperature, over minutes; ten buckets at least shape the line."""

TRUSTED_S = 8.0
"""The promptest of 18 packets that come 20 ms late on average scatter by 1 to 2 ms, crystals by about 200 ppm."""

LARGEST_SKEW = 0.01
"""No crystal of a sensor is off by more."""

LATE_WEIGHT = 0.2
"""A point above the line counts for less than one below."""

STEP_NS = 20_000_000
STEP_BUCKETS = 3
"""Points this far above the line are congestion; so many in a row are a step. One this far below is a step at once."""


class ClockFit:
    """Where the lower envelope of (arrival - device time) is."""

    def __init__(self) -> None:
        self._line = LineFit(MEMORY_S, TRUSTED_S, LARGEST_SKEW)
        self._late: list[tuple[int, int]] = []
        self._first_ns = 0
        self._packets = 0
        self._promptest = (0, 0)
        self._excess_ns = 0

    @property
    def skew(self) -> float:
        """How much faster the host's clock runs than the device's: 1e-4 is 100 ppm."""
        return self._line.slope

    def offset_ns(self, device_ns: int) -> int:
        """Host time minus device time; needs a packet."""
        if self._line.points:
            return self._line.at(device_ns)
        return self._promptest[1] + round(self.skew * (device_ns - self._promptest[0]))

    def add(self, device_ns: int, difference_ns: int) -> None:
        """Take the next packet: its device time, which never decreases, and arrival minus device time."""
        if self._packets == 0:
            self._begin_bucket(device_ns, difference_ns)
            return
        excess_ns = difference_ns - self.offset_ns(device_ns)
        if self._line.points and excess_ns < -STEP_NS:
            self._step([(device_ns, difference_ns)])
            self._begin_bucket(device_ns, difference_ns)
            return
        age_ns = device_ns - self._first_ns
        full = age_ns >= BUCKET_NS and self._packets >= BUCKET_PACKETS
        if full or age_ns >= LONGEST_BUCKET_NS:
            self._close_bucket()
            self._begin_bucket(device_ns, difference_ns)
            return
        self._packets += 1
        if excess_ns < self._excess_ns or (not self._line.points and excess_ns < 0):
            self._promptest, self._excess_ns = (device_ns, difference_ns), excess_ns

    def _begin_bucket(self, device_ns: int, difference_ns: int) -> None:
        self._first_ns = device_ns
        self._packets = 1
        self._promptest = (device_ns, difference_ns)
        self._excess_ns = difference_ns - self.offset_ns(device_ns)

    def _close_bucket(self) -> None:
        device_ns, difference_ns = self._promptest
        if not self._line.points:
            self._line.add(device_ns, difference_ns)
            return
        excess_ns = difference_ns - self._line.at(device_ns)
        if excess_ns > STEP_NS:
            self._late.append(self._promptest)
            if len(self._late) >= STEP_BUCKETS:
                self._step(self._late)
            return
        self._late = []
        self._line.add(device_ns, difference_ns, LATE_WEIGHT if excess_ns > 0 else 1.0)

    def _step(self, points: list[tuple[int, int]]) -> None:
        """The offset is another from these points on; the skew is the same."""
        self._line.restart()
        for device_ns, difference_ns in points:
            self._line.add(device_ns, difference_ns)
        self._late = []
