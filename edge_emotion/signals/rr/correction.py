"""Correction of beat intervals while they come.

After Lipponen & Tarvainen (2019), "A robust algorithm for heart rate variability time series artefact correction using
novel beat classification", J Med Eng Technol 43:173. Deviations, all forced by causality or by short windows:

- quartiles and medians are taken over the past (91 differences, 8 intervals and the 2 coming ones), not around the beat;
- a beat is decided once two more beats are known, or at an interruption: at most **two beats** late;
- thresholds stay within `LEAST_SHARE` and `MOST_SHARE` of the typical interval: under the floor every change of a constant
  rhythm would be an artefact, over the ceiling bigeminy and trigeminy would pass as the wearer's own variability;
- a pair of intervals is ectopic only if one lies over and the other under the median, and one of them by `PAIR_SHARE` of the
  threshold: breathing alone makes such turns in a healthy heart;
- an interval off the median is left alone when both coming intervals confirm its level: that is a change of heart rate,
  which a trailing median follows late;
- the short and the long interval around an ectopic beat are both replaced; the beat's time stays;
- until `SETTLED_INTERVALS` are known, only plausibility (`PLAUSIBLE_MS`) is judged.

What was measured is never altered: each `Beat` carries it in ``measured_rr_ms`` beside the corrected ``rr_ms``. The shares were
chosen on 12 MIT-BIH records and on Stress-Predict S01-S10 (`docs/decisions/012-rr-correction.md`).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge_emotion.types import Beat, Modality, RrKind

PLAUSIBLE_MS = (300.0, 2000.0)
LONGEST_MS = 4000.0
"""Longer than this is no interval: beats went missing, so the series starts anew."""

SPREAD = 5.2
"""The paper's factor: 5.2 quartile deviations hold 99.95 % of a normal distribution."""

LEAST_SHARE, MOST_SHARE = 0.12, 0.20
PAIR_SHARE = 0.7
SPREAD_INTERVALS = 91
MEDIAN_PAST = 8
SETTLED_INTERVALS = 8
LOOK_AHEAD = 2
MEDIAN_LIMIT = 3.0
ECTOPIC_SLOPE, ECTOPIC_OFFSET = 0.13, 0.17

_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class _Pending:
    """A beat that waits for the two after it. ``kind`` is set where an earlier decision has already named it."""

    time_ns: int
    decided_ns: int
    amplitude: float
    rr_ms: float | None
    kind: RrKind | None = None


class RrCorrector:
    """Labels and corrects intervals, two beats late.

    A missed beat is put in (amplitude ``nan``), an extra beat is left out and its intervals are joined, an ectopic or
    implausible interval is replaced by the median of those around it. ``Beat.decided_ns`` is the time at which the last
    beat that the decision needed was itself decided, so windows can be cut causally.

    Parameters
    ----------
    modality
        Where the beats come from; only copied to the `Beat`.
    """

    def __init__(self, modality: Modality) -> None:
        self._modality = modality
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._pending: list[_Pending] = []
        self._last_ns: int | None = None
        self._decided_ns = 0
        self._steps = _Sizes()
        self._deviations = _Sizes()
        self._past: deque[float] = deque(maxlen=MEDIAN_PAST)
        self._previous: float | None = None

    def push(self, time_ns: int, decided_ns: int, amplitude: float) -> list[Beat]:
        """Take the next beat; return the beats that it decides, in order of time.

        A beat that is not later than the one before is ignored.
        """
        if self._last_ns is not None and time_ns <= self._last_ns:
            return []
        beats: list[Beat] = []
        rr_ms = None if self._last_ns is None else (time_ns - self._last_ns) / _NS_PER_MS
        if rr_ms is not None and rr_ms > LONGEST_MS:
            self._decided_ns = max(self._decided_ns, decided_ns)
            beats += self.interrupt()
            rr_ms = None
        self._last_ns = time_ns
        self._decided_ns = max(self._decided_ns, decided_ns)
        self._pending.append(_Pending(time_ns, decided_ns, amplitude, rr_ms))
        while len(self._pending) > LOOK_AHEAD:
            beats += self._decide()
        return beats

    def interrupt(self) -> list[Beat]:
        """A gap begins: decide on what is pending; the next beat has no interval.

        What is known of the wearer's rhythm is kept.
        """
        beats: list[Beat] = []
        while self._pending:
            beats += self._decide()
        self._last_ns = None
        self._previous = None
        return beats

    def interrupt_at(self, time_ns: int) -> list[Beat]:
        """`interrupt` because of what came at ``time_ns``: no window that ends before it may know these beats."""
        return [replace(b, decided_ns=max(b.decided_ns, time_ns)) for b in self.interrupt()]

    def _decide(self) -> list[Beat]:
        """Judge the oldest pending beat."""
        beat = self._pending[0]
        if beat.rr_ms is None:
            return [self._emit(None, RrKind.NORMAL)]
        if beat.kind is not None:
            typical = self._typical()
            self._remember(beat.rr_ms, typical)
            return [self._emit(typical, beat.kind)]
        if len(self._past) < SETTLED_INTERVALS:
            return self._decide_unsettled(beat.rr_ms)
        return self._decide_settled(beat.rr_ms)

    def _decide_unsettled(self, rr_ms: float) -> list[Beat]:
        low, high = PLAUSIBLE_MS
        if low <= rr_ms <= high:
            self._remember(rr_ms)
            return [self._emit(rr_ms, RrKind.NORMAL)]
        self._previous = None
        kind = RrKind.SHORT if rr_ms < low else RrKind.LONG
        return [self._emit(_median(self._past) if self._past else None, kind)]

    def _decide_settled(self, rr_ms: float) -> list[Beat]:
        typical = self._typical()
        step_limit, level_limit = self._steps.spread(typical), self._deviations.spread(typical)
        kind = self._classify(rr_ms, typical, step_limit, level_limit)
        if kind is RrKind.EXTRA:
            return self._join()
        self._remember(rr_ms, typical)
        if kind is RrKind.MISSED:
            return self._split(rr_ms)
        return [self._emit(rr_ms if kind is RrKind.NORMAL else typical, kind)]

    def _classify(self, rr_ms: float, typical: float, step_limit: float, level_limit: float) -> RrKind:
        coming = self._coming()
        deviation = rr_ms - typical
        if self._is_extra(rr_ms, coming, typical, level_limit):
            return RrKind.EXTRA
        if _off(deviation, level_limit) > MEDIAN_LIMIT and abs(rr_ms / 2.0 - typical) < level_limit:
            return RrKind.MISSED
        if self._is_ectopic(rr_ms, coming, typical, step_limit):
            return RrKind.ECTOPIC
        jumps = self._jumps_there_and_back(rr_ms, coming, step_limit)
        off_level = abs(_off(deviation, level_limit)) > MEDIAN_LIMIT and not _confirmed(
            rr_ms, coming, level_limit
        )
        plausible = PLAUSIBLE_MS[0] <= rr_ms <= PLAUSIBLE_MS[1]
        if plausible and not jumps and not off_level:
            return RrKind.NORMAL
        return RrKind.LONG if deviation > 0.0 else RrKind.SHORT

    def _is_extra(self, rr_ms: float, coming: list[float], typical: float, level_limit: float) -> bool:
        """One of this and the next interval is short, and joined they are one of the usual length."""
        if not coming:
            return False
        joined = abs(rr_ms + coming[0] - typical)
        shortest = min(rr_ms, coming[0])
        if joined >= level_limit or _off(shortest - typical, level_limit) > -MEDIAN_LIMIT:
            return False
        later = abs(coming[0] + coming[1] - typical) if len(coming) > 1 else joined
        return shortest == rr_ms or joined <= later

    def _is_ectopic(self, rr_ms: float, coming: list[float], typical: float, step_limit: float) -> bool:
        """The pattern short-long or long-short, at its first interval; the second is marked for its own turn."""
        if self._previous is None or len(coming) < LOOK_AHEAD:
            return False
        first, second_off = rr_ms - typical, coming[0] - typical
        if first * second_off > 0.0 or max(abs(first), abs(second_off)) < PAIR_SHARE * step_limit:
            return False
        before = (rr_ms - self._previous) / step_limit
        turn = (coming[0] - rr_ms) / step_limit
        after = (coming[1] - coming[0]) / step_limit
        if turn > 1.0:
            found = max(before, after) < -ECTOPIC_SLOPE * turn - ECTOPIC_OFFSET
        else:
            found = turn < -1.0 and min(before, after) > -ECTOPIC_SLOPE * turn + ECTOPIC_OFFSET
        if found:
            second = self._pending[1]
            self._pending[1] = _Pending(
                second.time_ns, second.decided_ns, second.amplitude, second.rr_ms, RrKind.ECTOPIC
            )
        return found

    def _jumps_there_and_back(self, rr_ms: float, coming: list[float], step_limit: float) -> bool:
        if self._previous is None or len(coming) < LOOK_AHEAD:
            return False
        step = (rr_ms - self._previous) / step_limit
        back = [(coming[0] - rr_ms) / step_limit, (coming[1] - coming[0]) / step_limit]
        return (step > 1.0 and min(back) < -1.0 and max(back) < 1.0) or (
            step < -1.0 and max(back) > 1.0 and min(back) > -1.0
        )

    def _coming(self) -> list[float]:
        """The intervals after the oldest pending one, as far as they are known and unbroken."""
        coming: list[float] = []
        for beat in self._pending[1:]:
            if beat.rr_ms is None:
                break
            coming.append(beat.rr_ms)
        return coming

    def _typical(self) -> float:
        own = self._pending[0].rr_ms
        near = [*self._past, *self._coming()]
        return _median(near if own is None else [*near, own])

    def _remember(self, rr_ms: float, typical: float | None = None) -> None:
        """The measured interval, right or wrong, shapes the spreads: they are quartiles."""
        if self._previous is not None:
            self._steps.add(abs(rr_ms - self._previous))
        if typical is not None:
            self._deviations.add(abs(rr_ms - typical))
        self._previous = rr_ms
        self._past.append(rr_ms)

    def _emit(self, rr_ms: float | None, kind: RrKind) -> Beat:
        beat = self._pending.pop(0)
        measured = () if beat.rr_ms is None else (beat.rr_ms,)
        return self._beat(beat.time_ns, rr_ms, kind, beat.amplitude, measured)

    def _join(self) -> list[Beat]:
        """Leave the beat out: the next one gets both intervals."""
        extra, after = self._pending.pop(0), self._pending.pop(0)
        assert extra.rr_ms is not None
        assert after.rr_ms is not None
        joined = extra.rr_ms + after.rr_ms
        self._remember(joined)
        measured = (extra.rr_ms, after.rr_ms)
        return [self._beat(after.time_ns, joined, RrKind.EXTRA, after.amplitude, measured)]

    def _split(self, rr_ms: float) -> list[Beat]:
        """Put a beat in the middle."""
        half = rr_ms / 2.0
        middle_ns = self._pending[0].time_ns - round(half * _NS_PER_MS)
        return [
            self._beat(middle_ns, half, RrKind.MISSED, float("nan")),
            self._emit(half, RrKind.MISSED),
        ]

    def _beat(
        self,
        time_ns: int,
        rr_ms: float | None,
        kind: RrKind,
        amplitude: float,
        measured_rr_ms: tuple[float, ...] = (),
    ) -> Beat:
        return Beat(
            modality=self._modality,
            time_ns=time_ns,
            decided_ns=self._decided_ns,
            rr_ms=rr_ms,
            kind=kind,
            amplitude=amplitude,
            measured_rr_ms=measured_rr_ms,
        )


class _Sizes:
    """The last `SPREAD_INTERVALS` sizes, in order of time and in order of size."""

    __slots__ = ("_ordered", "_recent")

    def __init__(self) -> None:
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []

    def add(self, size: float) -> None:
        ordered, recent = self._ordered, self._recent
        if len(recent) == SPREAD_INTERVALS:
            del ordered[bisect_left(ordered, recent.popleft())]
        recent.append(size)
        insort(ordered, size)

    def spread(self, typical: float) -> float:
        """5.2 quartile deviations of the sizes, within shares of the typical interval."""
        floor, ceiling = LEAST_SHARE * typical, MOST_SHARE * typical
        ordered = self._ordered
        if len(ordered) < SETTLED_INTERVALS:
            return ceiling
        quarter = len(ordered) // 4
        return min(ceiling, max(floor, SPREAD * (ordered[-1 - quarter] - ordered[quarter]) / 2.0))


def _median(values: Sequence[float] | deque[float]) -> float:
    ordered = sorted(values)
    at = len(ordered) // 2
    return ordered[at] if len(ordered) % 2 else (ordered[at - 1] + ordered[at]) / 2.0


def _off(deviation: float, limit: float) -> float:
    """Deviation from the median in limits; too short weighs twice, as in the paper."""
    return (deviation if deviation >= 0.0 else 2.0 * deviation) / limit


def _confirmed(rr_ms: float, coming: list[float], limit: float) -> bool:
    return len(coming) == LOOK_AHEAD and all(abs(c - rr_ms) < limit for c in coming)
