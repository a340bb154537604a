"""What a window needs of the recent past: beats, responses and spans of quality, each with the time it became known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

from edge_emotion.types import NS_PER_S, QualityReason, Scr

REASON_SHARE = 0.1
"""A reason is named when it touched at least this share of the window."""

_EDGE_S = 2.0
"""Blocks do not line up with windows: up to this much of a perfectly covered window may lie in blocks not finished yet."""


DEAD_NS = 5 * NS_PER_S
"""Without one second of any worth for so long the signal is dead now, however good the rest of the window was."""

SURE = 0.92
"""Probability from which on a beat is sure: where the detector decides it at once, log odds 2.5."""


class QualitySpan(NamedTuple):
    """Verdict on one block of about a second that ends at ``end_ns``."""

    end_ns: int
    duration_s: float
    score: float
    reasons: tuple[QualityReason, ...]


class ScrHistory:
    """Skin-conductance responses of the last windows."""

    def __init__(self) -> None:
        self._scrs: deque[Scr] = deque()

    def extend(self, scrs: Iterable[Scr]) -> None:
        self._scrs.extend(scrs)

    def between(self, start_ns: int, end_ns: int) -> list[Scr]:
        """Responses that peak in [start_ns, end_ns) and were decided before ``end_ns``."""
        return [s for s in self._scrs if start_ns <= s.peak_ns < end_ns and s.decided_ns < end_ns]

    def forget(self, before_ns: int) -> None:
        while self._scrs and self._scrs[0].peak_ns < before_ns:
            self._scrs.popleft()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSpan:
    """From one pulse to the next: no interval, because at least one of them is not trusted."""

    start_ns: int
    end_ns: int
    known_ns: int
    reason: QualityReason


class RefusedHistory:
    """Refused spans of the last windows; they never overlap."""

    def __init__(self) -> None:
        self._spans: deque[RefusedSpan] = deque()

    def add(self, span: RefusedSpan) -> None:
        self._spans.append(span)

    def over(self, start_ns: int, end_ns: int) -> tuple[QualityReason, ...]:
        """Reasons that took at least `REASON_SHARE` of [start_ns, end_ns), by what was known before ``end_ns``."""
        touched_ns: defaultdict[QualityReason, int] = defaultdict(int)
        for span in self._spans:
            if span.known_ns < end_ns:
                touched_ns[span.reason] += max(0, min(span.end_ns, end_ns) - max(span.start_ns, start_ns))
        least_ns = REASON_SHARE * (end_ns - start_ns)
        return tuple(r for r in QualityReason if touched_ns[r] >= least_ns)

    def forget(self, before_ns: int) -> None:
        while self._spans and self._spans[0].end_ns < before_ns:
            self._spans.popleft()


class SurenessHistory:
    """How sure the detector was of each beat of the last windows when it told it; beats come and are told in order of time."""

    def __init__(self) -> None:
        self._times_ns: list[int] = []
        self._told_ns: list[int] = []
        self._sure: list[bool] = []

    def add(self, time_ns: int, decided_ns: int, confidence: float) -> None:
        self._times_ns.append(time_ns)
        self._told_ns.append(decided_ns)
        self._sure.append(confidence >= SURE)

    def over(self, start_ns: int, end_ns: int) -> float:
        """Share of sure beats among those in [start_ns, end_ns) that were told before ``end_ns``; 1 where there are none."""
        sure = self._sure[bisect_left(self._times_ns, start_ns) : bisect_left(self._told_ns, end_ns)]
        return sure.count(True) / len(sure) if sure else 1.0

    def forget(self, before_ns: int) -> None:
        old = bisect_left(self._times_ns, before_ns)
        if old:
            del self._times_ns[:old], self._told_ns[:old], self._sure[:old]


class QualityHistory:
    """Quality of the last windows, block by block; a second without a block counts as missing.

    Kept as columns, and the blocks with reasons once more on their own: nearly all have none, and a window asks for sixty.
    """

    def __init__(self) -> None:
        self._ends_ns: list[int] = []
        self._durations_s: list[float] = []
        self._scores: list[float] = []
        self._flawed: deque[QualitySpan] = deque()

    def extend(self, spans: Iterable[QualitySpan]) -> None:
        """Take the next spans, in order of time."""
        for span in spans:
            self._ends_ns.append(span.end_ns)
            self._durations_s.append(span.duration_s)
            self._scores.append(span.score)
            if span.reasons:
                self._flawed.append(span)

    def over(self, start_ns: int, end_ns: int) -> tuple[float, tuple[QualityReason, ...]]:
        """Index in [0, 1] over [start_ns, end_ns), and the reasons that lowered it; 0 when the end of it is dead."""
        wanted_s = (end_ns - start_ns) / NS_PER_S - _EDGE_S
        first, last = bisect_right(self._ends_ns, start_ns), bisect_right(self._ends_ns, end_ns)
        durations_s = self._durations_s[first:last]
        covered_s = sum(durations_s)
        flawed = [span for span in self._flawed if start_ns < span.end_ns <= end_ns]
        touched_s: defaultdict[QualityReason, float] = defaultdict(float)
        for span in flawed:
            for reason in span.reasons:
                touched_s[reason] += span.duration_s
        if covered_s < (1 - REASON_SHARE) * wanted_s:
            touched_s[QualityReason.MISSING] += wanted_s - covered_s
        least_s = REASON_SHARE * wanted_s
        reasons = tuple(r for r in QualityReason if touched_s[r] >= least_s) if touched_s else ()
        if any(self._scores[max(first, bisect_right(self._ends_ns, end_ns - DEAD_NS)) : last]):
            good_s = sum(map(mul, self._scores[first:last], durations_s))
            return good_s / max(covered_s, wanted_s), reasons
        newest = (span for span in flawed if span.end_ns > end_ns - DEAD_NS)
        dead = {r for span in newest for r in span.reasons} or {QualityReason.MISSING}
        return 0.0, tuple(r for r in QualityReason if r in dead or r in reasons)

    def forget(self, before_ns: int) -> None:
        old = bisect_left(self._ends_ns, before_ns)
        if old:
            del self._ends_ns[:old], self._durations_s[:old], self._scores[:old]
        while self._flawed and self._flawed[0].end_ns < before_ns:
            self._flawed.popleft()
