"""From sample indices to time, and the verdict on each packet: does it continue the stream, repeat it, or leave a gap?

Rules of this file
------------------
- Time of a sample comes from its index and an anchor, not from the packet it came in: splitting a packet changes nothing.
- A packet whose stamp is within half a sample of what is expected is on time; the stamp is ignored.
- A packet that is off by no more than what a crystal can drift in the packet before it moves the anchor: the device's true rate
  differs from its nominal one (Polar H10: 130 Hz +-1 %).
- A packet later than that leaves a gap; one earlier repeats samples, which are dropped.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from edge_emotion.signals.spec import RATE_TOLERANCE
from edge_emotion.types import NS_PER_S

ANCHORS_KEPT = 256
"""Events refer back by a few seconds at most; at two anchors a second this is two minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Verdict on a packet: drop the first ``skip`` samples; a gap [``gap_start_ns``, ``gap_end_ns``) came before it or not."""

    skip: int = 0
    gap_start_ns: int = 0
    gap_end_ns: int = 0

    @property
    def has_gap(self) -> bool:
        return self.gap_end_ns > self.gap_start_ns


class Timeline:
    """Time of every sample of one regular stream since its last (re)start."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._period_ns = NS_PER_S / rate_hz
        self._indices: list[int] = []
        self._times_ns: list[int] = []
        self._count = 0
        self._last_packet = 0

    @property
    def started(self) -> bool:
        return bool(self._indices)

    @property
    def next_ns(self) -> int:
        """Time of the sample that comes next; every sample before it is known."""
        return self.time_ns(self._count)

    def time_ns(self, index: float) -> int:
        """Time of a (fractional) sample index since the last restart."""
        at = max(0, bisect_right(self._indices, index) - 1)
        return self._times_ns[at] + round((index - self._indices[at]) * self._period_ns)

    def place(self, time_ns: int, count: int) -> Placement:
        """Judge a packet of ``count`` samples stamped ``time_ns``; does not yet take it."""
        if not self.started:
            return Placement()
        late_ns = time_ns - self.next_ns
        drift_ns = self._period_ns / 2 + RATE_TOLERANCE * self._last_packet * self._period_ns
        if late_ns > drift_ns:
            return Placement(gap_start_ns=self.next_ns, gap_end_ns=time_ns)
        if late_ns < -drift_ns:
            return Placement(skip=min(count, round(-late_ns / self._period_ns)))
        return Placement()

    def take(self, time_ns: int, count: int) -> None:
        """Append ``count`` samples, the first of which is stamped ``time_ns``."""
        if not self.started or abs(time_ns - self.next_ns) > self._period_ns / 2:
            self._indices.append(self._count)
            self._times_ns.append(time_ns)
            del self._indices[:-ANCHORS_KEPT], self._times_ns[:-ANCHORS_KEPT]
        self._count += count
        self._last_packet = count

    def restart(self) -> None:
        """Forget everything: the next packet is the first."""
        self._indices.clear()
        self._times_ns.clear()
        self._count = 0
        self._last_packet = 0
