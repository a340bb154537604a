"""Which candidates are heart beats: the most probable path through them, told as soon as it is fairly sure.

Each candidate has a log odds of being a beat by its height and shape (`edge_emotion.signals.ecg.levels`); each pair of
neighbours has a log probability by the rhythm. A path's score is the sum. A candidate that is clearly above the best path
without it is decided at once, together with what lies before it (given this beat, the future says nothing about the
past); one that is clearly below is dropped; the others stay open, at most `OPEN_S` long. So a clean signal is decided
without delay, and a small or noisy beat is found again when the next one makes it plausible.

What is told is not what is learned: a candidate whose odds are better than `TELLING` is told as a beat at once, while the path
keeps it open, and only the verdict moves levels and rhythm. So few beats wait, and a wrong guess costs one beat, not the course.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_emotion.signals.ecg.levels import Candidate, Levels
from edge_emotion.signals.ecg.rhythm import LAST_STEP, STEPS_PER_E, Rhythm

LEARNING_S = 2.0
"""Nothing is decided before; what came before is judged then."""
REFRACTORY_S = 0.20
OPEN_S = 1.6
OVERDUE_S = 2.5
"""Without a beat for so long, the beats' level sinks with every candidate that is dropped."""

RHYTHM = 0.55
"""Weight of the rhythm's log probability."""
RHYTHM_RANGE = 3.0
"""No rhythm speaks more than this for a beat now against a later one (see `Rhythm`): it bounds what a path can mend."""
TELLING_BELOW = -0.8
CLEAR, TELLING, HOPELESS = 2.5, 0.75, -9.0
"""Log odds beyond which a candidate is decided at once, told at once, and under which it is not even kept in mind."""


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


class BeatPath:
    """Candidates in, beats out, both in order of time.

    Call `offer` for every candidate and `advance` for every index that has passed. Positions are sample indices; what is
    decided depends on them alone.
    """

    __slots__ = (
        "_kept",
        "_learned",
        "_learning",
        "_levels",
        "_open",
        "_overdue",
        "_paths",
        "_refractory",
        "_rhythm",
        "_told",
    )

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
        self._levels = Levels()
        self._learned = False
        self._kept: list[Candidate] = []
        self._paths: list[_Path] = []
        self._told = -1

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
        odds, below = levels.judge(candidate)
        if not self._paths:
            if odds > 0.0:
                return self._commit(_Path(candidate, 0.0, None, odds), now)
            self._drop(candidate)
            return []
        if odds < HOPELESS - RHYTHM_RANGE * RHYTHM:
            self._drop(candidate)
            return []
        without, with_it, before = self._extend(candidate.index)
        margin = with_it + odds - without
        if margin < HOPELESS:
            self._drop(candidate)
            return []
        path = _Path(candidate, with_it + odds, before, margin)
        if margin > CLEAR:
            return self._commit(path, now)
        self._paths.append(path)
        return self._tell(self._since_root(path), now) if margin > TELLING and below > TELLING_BELOW else []

    def _extend(self, index: int) -> tuple[float, float, _Path]:
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
            score = path.score + RHYTHM * later
            if score > without:
                without = score
            if interval >= refractory:
                score = path.score + RHYTHM * at_once
                if score > with_it:
                    with_it, before = score, path
        return without, with_it, before

    def _close(self, now: int) -> list[Decision]:
        """Decide the oldest open candidate by the best path there is, and judge the others anew."""

        def final(path: _Path) -> float:
            later, _ = self._rhythm.judge(max(1, now - path.candidate.known_index))
            return path.score + RHYTHM * later

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
            found = self._commit(_Path(oldest.candidate, 0.0, root, oldest.margin), now)
        else:
            self._drop(oldest.candidate)
        for path in others:
            found += self._judge(path.candidate, now)
        return found

    def _commit(self, last: _Path, now: int) -> list[Decision]:
        """The path that ends at ``last`` is the truth; every other open candidate is noise."""
        paths = self._paths
        chain = self._since_root(last)
        at = paths[0].candidate.index if paths else None
        for path in chain:
            index = path.candidate.index
            if at is not None:
                self._rhythm.learn(index - at)
            at = index
            self._levels.learn_beat(path.candidate)
        for path in paths[1:]:
            if path not in chain:
                self._drop(path.candidate)
        self._paths = [_Path(last.candidate)]
        return self._tell(chain, now)

    def _since_root(self, last: _Path) -> list[_Path]:
        """The beats of the path that ends at ``last``, without those decided before."""
        root = self._paths[0] if self._paths else None
        chain: list[_Path] = []
        step: _Path | None = last
        while step is not None and step is not root:
            chain.append(step)
            step = step.before
        chain.reverse()
        return chain

    def _tell(self, chain: list[_Path], now: int) -> list[Decision]:
        """Beats in order of time: what lies before one that has been told comes too late."""
        told, found = self._told, []
        for path in chain:
            index = path.candidate.index
            if index > told:
                found.append(Decision(path.candidate, now, _probability(path.margin)))
                told = index
        self._told = told
        return found

    def _drop(self, candidate: Candidate) -> None:
        levels, paths = self._levels, self._paths
        levels.learn_noise(candidate)
        if paths and candidate.index - paths[0].candidate.index > self._overdue:
            levels.sink()


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, log_odds))))
