"""Which candidates are heart beats: the most probable path through them, decided as soon as it is beyond doubt.

Each candidate has a log odds of being a beat by its height against the beats' and the noise's level and by its shape;
each pair of neighbours has a log probability by the rhythm. A path's score is the sum. A candidate that is clearly above the
best path without it is decided at once, together with what lies before it (given this beat, the future says nothing
about the past); one that is clearly below is dropped; the others stay open, at most `OPEN_S` long. So a clean signal is
decided without delay, and a small or noisy beat is found again when the next one makes it plausible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import mul

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.ecg.rhythm import LAST_STEP, STEPS_PER_E, Rhythm

LEARNING_S = 2.0
"""Nothing is decided before; what came before is judged then."""
REFRACTORY_S = 0.20
OPEN_S = 1.6
RHYTHM_RANGE = 3.0
"""No rhythm speaks more than this for a beat now against a later one (see `Rhythm`): it bounds what a path can mend."""
OVERDUE_S = 2.5
"""Without a beat for so long, the beats' level sinks with every candidate that is dropped."""
SINKING = 0.1

LEVEL_RATE = 0.1
NOISE_RATE = 0.1
SHARPNESS = 1.0
LEAST_APART = 0.1
SHAPE_RATE = 0.1
NOISY_LEVEL_SHARE, NOISY_SHAPE_SHARE = 0.5, 0.2
"""In noise, beats' level and shape are learned at this share of the rates: a heart does not change because its wearer moves."""
LARGEST_STEP = 1.0
"""One artefact moves a level by no more than this (a factor e) times the rate."""

CLEAN_FROM, CLEAN_WIDTH = 1.2, 1.6
"""Log ratio of the levels at which the signal begins to count as clean, and how much more makes it so wholly."""
LEAST_BELOW, MOST_ABOVE, MOST_EXCESS = -8.0, 4.0, 1.5
LEAST_GAP = 0.3
"""The beats' level does not sink closer to the noise's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Log odds of a candidate: per unit of each of its properties.

    Parameters
    ----------
    below
        Log height relative to the beats' level.
    excess
        The same once more where it is positive: in noise, what is too high is an artefact.
    above
        Log height relative to the noise's level, up to `MOST_ABOVE`.
    shape
        Cosine between its shape and that of the beats so far.
    rhythm
        Log probability of the interval.
    offset
        Constant.
    clear
        Log odds beyond which it is decided at once.
    hopeless
        Log odds under which a candidate is not even kept in mind.
    """

    below: float
    excess: float
    above: float
    shape: float
    rhythm: float
    offset: float
    clear: float
    hopeless: float


NOISY = Weights(
    below=2.35, excess=-3.1, above=1.75, shape=0.95, rhythm=0.55, offset=-0.5, clear=2.5, hopeless=-9.0
)
CLEAN = Weights(
    below=1.6, excess=2.0, above=1.76, shape=0.6, rhythm=0.42, offset=-1.5, clear=2.5, hopeless=-6.0
)
"""Fitted by logistic regression and then by coordinate steps on 12 records of MIT-BIH (see docs/decisions/010)."""


@dataclass(slots=True, kw_only=True, eq=False)
class Candidate:
    """A local maximum of the wavelet's magnitude.

    Parameters
    ----------
    index
        Sample index of the maximum.
    known_index
        Newest sample that was needed to know it.
    heights
        Log amplitude in each band (log of mV).
    shape, norm
        Amplitudes of the bands' even and odd parts, in any unit, and the length of this vector.
    trace
        The fine signal around it, from which the R peak is read once this is a beat.
    """

    index: int
    known_index: int
    heights: list[float]
    shape: list[float]
    norm: float
    trace: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decision:
    """A candidate that is a beat, when that was known, and how probable it looked when it came."""

    candidate: Candidate
    decided_index: int
    confidence: float


@dataclass(slots=True, eq=False)
class _Path:
    """The best path that ends at ``candidate``; ``margin`` is its score over the best one without it."""

    candidate: Candidate
    score: float = 0.0
    before: _Path | None = None
    margin: float = 0.0


class _Levels:
    """What beats and what noise look like of late, band by band.

    A band counts for as much as beats and noise lie apart in it: electrode motion fills the low ones, muscle the high ones.
    """

    def __init__(self) -> None:
        self.known = False
        self.beat: list[float] = []
        self.noise: list[float] = []
        self._weights: list[float] = []
        self._shape: list[float] = []
        self._shape_norm = 1.0
        self._clean = 0.0

    def begin(self, beats: list[Candidate], noise: Candidate) -> None:
        """Take the levels from what is thought to be beats, the clearest first, and noise."""
        self.known = True
        self.beat = [sum(column) / len(beats) for column in zip(*(c.heights for c in beats), strict=True)]
        self.noise = list(noise.heights)
        self._shape = [v / beats[0].norm for v in beats[0].shape]
        self._shape_norm = 1.0
        self._weigh()

    def learn_beat(self, candidate: Candidate) -> None:
        clean, noisy = self._clean, 1.0 - self._clean
        rate = LEVEL_RATE * (clean + noisy * NOISY_LEVEL_SHARE)
        self.beat = [b + rate * _bounded(h - b) for h, b in zip(candidate.heights, self.beat, strict=True)]
        rate = SHAPE_RATE * (clean + noisy * NOISY_SHAPE_SHARE)
        gain, kept = rate / candidate.norm, 1.0 - rate
        self._shape = [kept * a + gain * b for a, b in zip(self._shape, candidate.shape, strict=True)]
        self._shape_norm = math.sqrt(sum(map(mul, self._shape, self._shape))) + 1e-9
        self._weigh()

    def learn_noise(self, candidate: Candidate) -> None:
        self.noise = [
            n + NOISE_RATE * _bounded(h - n) for h, n in zip(candidate.heights, self.noise, strict=True)
        ]
        self._weigh()

    def sink(self) -> None:
        """Beats are overdue: look for smaller ones, but not among the noise."""
        self.beat = [
            max(b - SINKING, min(b, n + LEAST_GAP)) for b, n in zip(self.beat, self.noise, strict=True)
        ]
        self._weigh()

    def _weigh(self) -> None:
        apart = [max(b - n, LEAST_APART) for b, n in zip(self.beat, self.noise, strict=True)]
        raw = [a**SHARPNESS for a in apart]
        whole = sum(raw)
        self._weights = [r / whole for r in raw]
        self._apart = sum(w * (b - n) for w, b, n in zip(self._weights, self.beat, self.noise, strict=True))

    def judge(self, candidate: Candidate) -> tuple[float, float, float, float]:
        """Log odds of being a beat but for the rhythm, the rhythm's weight, what odds are clear and what hopeless."""
        clean, noisy = self._clean, 1.0 - self._clean
        below = above = 0.0
        for w, h, b, n in zip(self._weights, candidate.heights, self.beat, self.noise, strict=True):
            below += w * (h - b)
            above += w * (h - n)
        odds = (noisy * NOISY.below + clean * CLEAN.below) * (below if below > LEAST_BELOW else LEAST_BELOW)
        if below > 0.0:
            excess = below if below < MOST_EXCESS else MOST_EXCESS
            odds += (noisy * NOISY.excess + clean * CLEAN.excess) * excess
        odds += (noisy * NOISY.above + clean * CLEAN.above) * (above if above < MOST_ABOVE else MOST_ABOVE)
        alike = sum(map(mul, self._shape, candidate.shape)) / (self._shape_norm * candidate.norm)
        odds += (noisy * NOISY.shape + clean * CLEAN.shape) * alike
        odds += noisy * NOISY.offset + clean * CLEAN.offset
        rhythm = noisy * NOISY.rhythm + clean * CLEAN.rhythm
        clear = noisy * NOISY.clear + clean * CLEAN.clear
        return odds, rhythm, clear, noisy * NOISY.hopeless + clean * CLEAN.hopeless


class BeatPath:
    """Candidates in, beats out, both in order of time.

    Call `offer` for every candidate and `advance` for every index that has passed. Positions are sample indices; what is
    decided depends on them alone.
    """

    def __init__(self, rate_hz: float) -> None:
        self._learning = round(LEARNING_S * rate_hz)
        self._refractory = REFRACTORY_S * rate_hz
        self._open = round(OPEN_S * rate_hz)
        self._overdue = OVERDUE_S * rate_hz
        self._rhythm = Rhythm(rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._rhythm.reset()
        self._levels = _Levels()
        self._learned = False
        self._kept: list[Candidate] = []
        self._paths: list[_Path] = []

    def offer(self, candidate: Candidate) -> list[Decision]:
        """Judge a candidate that has just become known."""
        if self._learned:
            return self._judge(candidate, candidate.known_index)
        self._kept.append(candidate)
        return []

    def advance(self, index: int) -> list[Decision]:
        """All samples up to ``index`` have been seen: decide what has been open for too long."""
        found: list[Decision] = []
        if not self._learned:
            if index < self._learning:
                return found
            found += self._learn()
        while len(self._paths) > 1:
            due = self._paths[1].candidate.known_index + self._open
            if due > index:
                break
            found += self._close(due)
        return found

    def _learn(self) -> list[Decision]:
        """Take the levels from the first candidates: the two highest are beats, most others are not.

        The highest alone may be an artefact.
        """
        self._learned = True
        kept, self._kept = self._kept, []
        if kept:
            ordered = sorted(kept, key=lambda c: sum(c.heights))
            self._levels.begin(ordered[-1:-3:-1], ordered[len(kept) // 3])
        return [d for candidate in kept for d in self._judge(candidate, self._learning)]

    def _judge(self, candidate: Candidate, now: int) -> list[Decision]:
        levels = self._levels
        if not levels.known:
            levels.begin([candidate], candidate)
        odds, rhythm_weight, clear, hopeless = levels.judge(candidate)
        if not self._paths:
            if odds > 0.0:
                return self._commit(_Path(candidate, margin=odds), now)
            self._drop(candidate)
            return []
        if odds + RHYTHM_RANGE * rhythm_weight < hopeless:
            self._drop(candidate)
            return []
        without, with_it, before = self._extend(candidate.index, rhythm_weight)
        margin = with_it + odds - without
        if margin > clear:
            return self._commit(_Path(candidate, before=before, margin=margin), now)
        if margin < hopeless:
            self._drop(candidate)
        else:
            self._paths.append(_Path(candidate, with_it + odds, before, margin))
        return []

    def _extend(self, index: int, weight: float) -> tuple[float, float, _Path]:
        """Score of the best path without a beat at ``index``, of the best one with it, and what lies before it there.

        The innermost loop of the detector: `Rhythm.judge` is written out.
        """
        log, row, origin, refractory = math.log, self._rhythm.row, self._rhythm.origin, self._refractory
        without = with_it = -math.inf
        before = self._paths[0]
        for path in self._paths:
            interval = index - path.candidate.index
            at = int(log(interval) * STEPS_PER_E + origin)
            later, at_once = row[0 if at < 0 else at if at <= LAST_STEP else LAST_STEP]
            score = path.score + weight * later
            if score > without:
                without = score
            score = path.score + weight * at_once
            if score > with_it and interval >= refractory:
                with_it, before = score, path
        return without, with_it, before

    def _close(self, now: int) -> list[Decision]:
        """Decide the oldest open candidate by the best path there is, and judge the others anew."""

        def final(path: _Path) -> float:
            later, _ = self._rhythm.judge(max(1, now - path.candidate.known_index))
            # Weighing the rhythm as in noise: something was in doubt.
            return path.score + NOISY.rhythm * later

        root, oldest, *others = self._paths
        step: _Path | None = max(self._paths, key=final)
        while step is not None and step is not oldest:
            step = step.before
        if step is None and all(path.before is not oldest for path in others):
            del self._paths[1]
            self._drop(oldest.candidate)
            return []
        self._paths = [root]
        found: list[Decision] = []
        if step is oldest:
            found = self._commit(_Path(oldest.candidate, margin=oldest.margin), now)
        else:
            self._drop(oldest.candidate)
        for path in others:
            found += self._judge(path.candidate, now)
        return found

    def _commit(self, last: _Path, now: int) -> list[Decision]:
        """The path that ends at ``last`` is the truth; every other open candidate is noise."""
        root = self._paths[0] if self._paths else None
        chain: list[_Path] = []
        step: _Path | None = last
        while step is not None and step is not root:
            chain.append(step)
            step = step.before
        chain.reverse()
        others = [p for p in self._paths[1:] if p not in chain]
        for path in chain:
            if root is not None:
                self._rhythm.learn(path.candidate.index - root.candidate.index)
            root = path
            self._levels.learn_beat(path.candidate)
        for path in others:
            self._drop(path.candidate)
        if root is not None:
            self._paths = [_Path(root.candidate)]
        return [Decision(p.candidate, now, _probability(p.margin)) for p in chain]

    def _drop(self, candidate: Candidate) -> None:
        self._levels.learn_noise(candidate)
        if self._paths and candidate.index - self._paths[0].candidate.index > self._overdue:
            self._levels.sink()


def _bounded(step: float) -> float:
    return LARGEST_STEP if step > LARGEST_STEP else -LARGEST_STEP if step < -LARGEST_STEP else step


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, log_odds))))
