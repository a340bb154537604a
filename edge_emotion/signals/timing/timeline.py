"""From sample indices to time, and the verdict on each packet: does it continue the stream, repeat it, or leave a gap?

Rules of this file
------------------
- Time of a sample comes from its index: an anchor plus periods, one multiplication, so nothing adds up over a day.
- A stamp that says what index and nominal rate say since the last telling stamp tells nothing: cutting a packet into several
  (stamped at the nominal rate) changes no bit.
- A telling stamp is a point of a straight line with forgetting (`LineFit`): the device's true rate differs from its nominal one
  (Polar H10: 130 Hz +-1 %). Time follows that line without a jump, so no interval feels a correction.
- A packet later than a crystal can drift in the packet before it leaves a gap; one earlier repeats samples, which are dropped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from edge_emotion.signals.spec import RATE_TOLERANCE
from edge_emotion.signals.timing.line_fit import LineFit
from edge_emotion.types import NS_PER_S

SEGMENTS_KEPT = 256
"""Events refer back by a few seconds at most; at two telling stamps a second this is two minutes."""

EXACT_NS = 1_000
"""Closer than this is rounding of floating-point stamps."""

MEMORY_S = 20.0
TRUSTED_S = 0.1
"""Stamps scatter by about half a millisecond around a rate that is off by half a percent."""

SETTLE_S = 2.0
"""Time approaches the line with this time constant."""

FRAME_S = 1.0
"""A frame up to this long may have been cut into packets; what a crystal drifts in it is no gap between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Verdict on a packet: drop the first ``skip`` samples; a gap [``gap_start_ns``, ``gap_end_ns``) came before it or not."""

    skip: int = 0
    gap_start_ns: int = 0
    gap_end_ns: int = 0

    @property
    def has_gap(self) -> bool:
        return self.gap_end_ns > self.gap_start_ns


ON_TIME = Placement()


class Timeline:
    """Time of every sample of one regular stream since its last (re)start.

    What is known of the device's true rate outlives a restart.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._nominal_ns = NS_PER_S / rate_hz
        self._line = LineFit(MEMORY_S, TRUSTED_S, RATE_TOLERANCE)
        self._indices: list[int] = []
        self._times_ns: list[int] = []
        self._periods_ns: list[float] = []
        self._count = 0
        self._last_packet = 0
        self._told_index = 0
        self._told_ns = 0

    @property
    def started(self) -> bool:
        return bool(self._indices)

    @property
    def next_ns(self) -> int:
        """Time of the sample that comes next; every sample before it is known."""
        return self._times_ns[-1] + round((self._count - self._indices[-1]) * self._periods_ns[-1])

    def time_ns(self, index: float) -> int:
        """Time of a (fractional) sample index since the last restart."""
        at = -1
        if index < self._indices[-1]:
            at = max(0, bisect_right(self._indices, index) - 1)
        return self._times_ns[at] + round((index - self._indices[at]) * self._periods_ns[at])

    def newest_ns(self, count: int) -> int:
        """Time of the first of the ``count`` newest samples."""
        return self.time_ns(self._count - count)

    def times_ns(self, indices: Sequence[int]) -> list[int]:
        """Times of sample indices, in ascending order."""
        start = self._indices[-1]
        if not indices or indices[0] < start:
            return [self.time_ns(index) for index in indices]
        anchor_ns, period_ns = self._times_ns[-1], self._periods_ns[-1]
        return [anchor_ns + round((k - start) * period_ns) for k in indices]

    def place(self, time_ns: int, count: int) -> Placement:
        """Judge a packet of ``count`` samples stamped ``time_ns``; does not yet take it."""
        if not self.started:
            return ON_TIME
        late_ns = time_ns - self.next_ns
        period_ns = self._periods_ns[-1]
        if abs(late_ns) <= period_ns / 2:
            return ON_TIME
        frame = self._count - self._told_index
        if frame > FRAME_S * self.rate_hz:
            frame = self._last_packet
        drift_ns = period_ns / 2 + RATE_TOLERANCE * frame * period_ns
        if late_ns > drift_ns:
            return Placement(gap_start_ns=self.next_ns, gap_end_ns=time_ns)
        if late_ns < -drift_ns:
            return Placement(skip=min(count, round(-late_ns / period_ns)))
        return ON_TIME

    def take(self, time_ns: int | None, count: int) -> None:
        """Append ``count`` samples.

        Parameters
        ----------
        time_ns
            Stamp of the first of them; ``None`` where only their order is known (not for the first samples).
        """
        if time_ns is not None:
            if not self.started:
                self._segment(time_ns, self._nominal_ns * (1.0 + self._line.slope))
                self._tell(time_ns)
            else:
                nominal_ns = self._told_ns + round((self._count - self._told_index) * self._nominal_ns)
                if abs(time_ns - nominal_ns) > EXACT_NS:
                    self._tell(time_ns)
                    self._follow()
        self._count += count
        self._last_packet = count

    def restart(self) -> None:
        """Forget everything but the rate: the next packet is the first."""
        self._line.restart()
        self._indices.clear()
        self._times_ns.clear()
        self._periods_ns.clear()
        self._count = 0
        self._last_packet = 0

    def _tell(self, time_ns: int) -> None:
        """The next sample was taken at ``time_ns``."""
        self._told_index, self._told_ns = self._count, time_ns
        by_rate_ns = round(self._count * self._nominal_ns)
        self._line.add(by_rate_ns, time_ns - by_rate_ns)

    def _follow(self) -> None:
        """From the next sample on, approach the line."""
        now_ns = self.next_ns
        by_rate_ns = round(self._count * self._nominal_ns)
        missing_ns = by_rate_ns + self._line.at(by_rate_ns) - now_ns
        change = self._line.slope + missing_ns / (SETTLE_S * NS_PER_S)
        change = min(RATE_TOLERANCE, max(-RATE_TOLERANCE, change))
        self._segment(now_ns, self._nominal_ns * (1.0 + change))

    def _segment(self, time_ns: int, period_ns: float) -> None:
        self._indices.append(self._count)
        self._times_ns.append(time_ns)
        self._periods_ns.append(period_ns)
        if len(self._indices) > 2 * SEGMENTS_KEPT:
            del self._indices[:-SEGMENTS_KEPT], self._times_ns[:-SEGMENTS_KEPT]
            del self._periods_ns[:-SEGMENTS_KEPT]
