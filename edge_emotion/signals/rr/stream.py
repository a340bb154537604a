"""The cardiac stream of a plain heart-rate strap: packets of RR intervals in, corrected beats out."""

from __future__ import annotations

import math

from edge_emotion.signals.rr.correction import RrCorrector
from edge_emotion.signals.rr.packets import RrPackets, TimedBeat
from edge_emotion.signals.window import CardiacPast
from edge_emotion.types import Beat, Event, Gap, Modality, Samples


class RrStream:
    """Intervals of a strap that stamps nothing; ``Samples.time_ns`` is the arrival of the packet.

    A packet that arrives before the watermark (out of order, or from inside a declared gap) is dropped.
    """

    modality = Modality.RR

    def __init__(self) -> None:
        self.origin_ns: int | None = None
        self.watermark_ns: int | None = None
        self.dropped = 0
        self.past = CardiacPast(None)
        self._packets = RrPackets()
        self._corrector = RrCorrector(Modality.RR)

    def push(self, samples: Samples) -> list[Event]:
        """Beats that this packet decides."""
        if self.watermark_ns is not None and samples.time_ns < self.watermark_ns:
            self.dropped += len(samples.values)
            return []
        if self.origin_ns is None:
            self.origin_ns = samples.time_ns
        self.watermark_ns = samples.time_ns
        beats: list[Beat] = []
        for timed in self._packets.push(samples.time_ns, samples.values):
            beats += self._correct(timed)
        self.past.beats.extend(beats)
        return list(beats)

    def skip(self, gap: Gap) -> list[Event]:
        """Take note that intervals of [start, end) will not come."""
        start_ns = gap.start_ns if self.watermark_ns is None else max(gap.start_ns, self.watermark_ns)
        if gap.end_ns <= start_ns:
            return []
        if self.origin_ns is None:
            self.origin_ns = start_ns
        self.watermark_ns = gap.end_ns
        self._packets.reset()
        flushed = self._corrector.interrupt()
        self.past.beats.extend(flushed)
        missing = Gap(modality=Modality.RR, start_ns=start_ns, end_ns=gap.end_ns, cause=gap.cause)
        return [*flushed, missing]

    def forget(self, before_ns: int) -> None:
        self.past.forget(before_ns)

    def _correct(self, timed: TimedBeat) -> list[Beat]:
        flushed = self._corrector.interrupt() if timed.starts else []
        return [*flushed, *self._corrector.push(timed.time_ns, timed.decided_ns, math.nan)]
