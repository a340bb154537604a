"""The cardiac stream of a plain heart-rate strap: RR intervals in packets that carry no time of their own.

The Heart Rate profile discards what cannot be delivered and stamps nothing, so beat times are the running sum of the intervals,
held against the packets' arrival: jitter of arrival is ignored, a sum that runs away from it starts anew.
"""

from __future__ import annotations

import math

from edge_emotion.signals.rr import RrCorrector
from edge_emotion.signals.window import CardiacPast
from edge_emotion.types import NS_PER_S, Event, Gap, GapCause, Modality, Samples

LARGEST_DRIFT_S = 3.0
"""A packet is sent each second and may wait a second or two in the link layer; beyond that intervals were lost."""

SHORTEST_MS, LONGEST_MS = 200.0, 3000.0
"""What no heart does: such an interval breaks the series."""


class RrStream:
    """RR packets in, corrected beats out. ``Samples.time_ns`` is the arrival of the packet."""

    modality = Modality.RR

    def __init__(self) -> None:
        self.origin_ns: int | None = None
        self.watermark_ns: int | None = None
        self.past = CardiacPast(None)
        self._corrector = RrCorrector(Modality.RR)
        self._last_beat_ns: int | None = None

    def push(self, samples: Samples) -> list[Event]:
        """Beats that this packet decides; a packet from before the watermark comes too late and is dropped."""
        if self.watermark_ns is not None and samples.time_ns < self.watermark_ns:
            return []
        if self.origin_ns is None:
            self.origin_ns = samples.time_ns
        self.watermark_ns = samples.time_ns
        intervals_ms = [float(v) for v in samples.values]
        events: list[Event] = []
        if not all(SHORTEST_MS <= v <= LONGEST_MS for v in intervals_ms):
            return self._interrupt(samples.time_ns)
        total_ns = round(math.fsum(intervals_ms) * 1e6)
        events += self._anchor(samples.time_ns, total_ns)
        for interval_ms in intervals_ms:
            events += self._beat(interval_ms)
        return events

    def skip(self, gap: Gap) -> list[Event]:
        """Take note that intervals of [start, end) will not come."""
        start_ns = gap.start_ns if self.watermark_ns is None else max(gap.start_ns, self.watermark_ns)
        if gap.end_ns <= start_ns:
            return []
        if self.origin_ns is None:
            self.origin_ns = start_ns
        self.watermark_ns = gap.end_ns
        missing = Gap(modality=Modality.RR, start_ns=start_ns, end_ns=gap.end_ns, cause=gap.cause)
        return [*self._interrupt(gap.end_ns), missing]

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)

    def _anchor(self, arrival_ns: int, total_ns: int) -> list[Event]:
        """Begin the running sum so that the packet's last beat falls on its arrival, if it is not running or ran away."""
        if self._last_beat_ns is None:
            self._last_beat_ns = arrival_ns - total_ns
            return []
        drift_ns = arrival_ns - (self._last_beat_ns + total_ns)
        if abs(drift_ns) <= LARGEST_DRIFT_S * NS_PER_S:
            return []
        known_ns = self._last_beat_ns
        events = self._interrupt(arrival_ns)
        self._last_beat_ns = arrival_ns - total_ns
        if drift_ns > 0:
            events.append(
                Gap(modality=Modality.RR, start_ns=known_ns, end_ns=self._last_beat_ns, cause=GapCause.LOST)
            )
        return events

    def _beat(self, interval_ms: float) -> list[Event]:
        assert self._last_beat_ns is not None
        self._last_beat_ns += round(interval_ms * 1e6)
        beats = self._corrector.push(self._last_beat_ns, self._last_beat_ns, math.nan)
        self.past.beats.extend(beats)
        return list(beats)

    def _interrupt(self, time_ns: int) -> list[Event]:
        self._last_beat_ns = None
        flushed = [b for b in self._corrector.interrupt() if b.decided_ns <= time_ns]
        self.past.beats.extend(flushed)
        return list(flushed)
