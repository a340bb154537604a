"""From a positive feature signal that bulges at every heart beat to decisions "this bulge is a beat".

Shared by ECG and BVP. Two steps: `LocalMaxima` finds the bulges, `BeatDecider` tells beats from noise with a threshold
that follows both. Neither knows time: positions are sample indices since the last reset.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A heart beat at a (fractional) sample index.

    Parameters
    ----------
    index
        Sub-sample position of the fiducial point since reset, corrected for the detector's constant delay.
    decided_index
        Index of the newest sample that was needed to decide.
    amplitude
        Height of the fiducial point in the filtered signal's unit (per sample, where it is a slope).
    confidence
        How probable this beat looked when it came, 0 to 1, for detectors that can tell; under 0.5 it was accepted later, because
        the beats around it made it plausible.
    """

    index: float
    decided_index: int
    amplitude: float
    confidence: float = 1.0

    def shifted(self, samples: int) -> Peak:
        """The same beat, counted from ``samples`` before."""
        return Peak(
            index=self.index + samples,
            decided_index=self.decided_index + samples,
            amplitude=self.amplitude,
            confidence=self.confidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulge:
    """A local maximum of the feature: its height, where the beat would be, and when it became known."""

    height: float
    feature_index: int
    index: float
    amplitude: float
    known_index: int


class LocalMaxima:
    """Maxima of a feature that no later sample exceeds for ``hold`` samples, found sample by sample.

    After a maximum has been declared the next one may only begin once the feature rises again, so the falling
    flank is not declared piece by piece.
    """

    __slots__ = ("_best", "_best_index", "_hold", "_index", "_previous")

    def __init__(self, hold: int) -> None:
        self._hold = max(1, hold)
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._index = 0
        self._previous = math.inf
        self._best = -1.0
        self._best_index = -1

    def push(self, feature: list[float]) -> list[tuple[int, float, int]]:
        """``(index, height, known_index)`` of each maximum that these samples complete."""
        hold = self._hold
        n, previous, best, best_index = self._index, self._previous, self._best, self._best_index
        found: list[tuple[int, float, int]] = []
        for value in feature:
            if value > best:
                if best_index >= 0 or value > previous:
                    best, best_index = value, n
            elif best_index >= 0 and n - best_index >= hold:
                found.append((best_index, best, n))
                best, best_index = -1.0, -1
            previous = value
            n += 1
        self._index, self._previous, self._best, self._best_index = n, previous, best, best_index
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DeciderSettings:
    """Constants of `BeatDecider`; times in seconds, the rest as shares.

    Parameters
    ----------
    threshold
        Where the threshold lies between the noise level (0) and the signal level (1).
    refractory_s
        No beat within this time after another.
    least_amplitude
        What is smaller is rounding or the sensor's last bit, whatever the levels.
    t_wave_s, t_wave_share
        Within this time after a beat a bulge must reach this share of the last beat's height.
    search_back_share
        Share of the threshold that a bulge must reach to be found again when a beat is overdue.
    patience_s, decay_per_s
        Without a beat for so long, the signal level falls by this factor every second.
    learning_s
        Nothing is decided before; what came before is judged then.
    search_back
        A beat is overdue after this multiple of the mean of the last intervals.
    jump
        A single bulge counts for at most this multiple of the signal level when the level is updated, so that one
        artefact does not silence the detector.
    """

    threshold: float
    least_amplitude: float
    refractory_s: float
    t_wave_s: float
    t_wave_share: float
    jump: float
    search_back_share: float
    patience_s: float
    learning_s: float = 2.0
    search_back: float = 1.66
    decay_per_s: float = 0.7


LEARNING_RATE = 0.125
SEARCH_BACK_RATE = 0.25
REMEMBERED_INTERVALS = 8


class BeatDecider:
    """Signal and noise level of Pan & Tompkins (1985), with search-back and decay.

    Deviations from the paper: one feature signal instead of two; the mean of the last eight intervals alone drives
    the search-back; the first two seconds are judged when they are over; T waves are told by height, not by slope.

    Call `advance` for every index that has passed and `offer` for every bulge, in order; both return beats.
    """

    def __init__(self, settings: DeciderSettings, rate_hz: float) -> None:
        self._settings = settings
        self._second = max(1, round(rate_hz))
        self._learning = max(1, round(settings.learning_s * rate_hz))
        self._refractory = settings.refractory_s * rate_hz
        self._t_wave = settings.t_wave_s * rate_hz
        self._patience = max(1, round(settings.patience_s * rate_hz))
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._signal = 0.0
        self._noise = 0.0
        self._learned = False
        self._last: Bulge | None = None
        self._kept: list[Bulge] = []
        self._intervals: deque[float] = deque(maxlen=REMEMBERED_INTERVALS)
        self._search_at: int | None = None
        self._decay_at = self._learning + self._patience

    def advance(self, index: int) -> list[Peak]:
        """All samples up to ``index`` have been seen: run what is due."""
        peaks: list[Peak] = []
        if not self._learned:
            if index < self._learning:
                return peaks
            peaks += self._learn()
        while True:
            search_at = self._search_at
            if search_at is not None and search_at <= min(index, self._decay_at):
                peaks += self._search_back(search_at)
            elif self._decay_at <= index:
                self._signal *= self._settings.decay_per_s
                self._decay_at += self._second
            else:
                return peaks

    def offer(self, bulge: Bulge) -> list[Peak]:
        """Judge a bulge that has just become known."""
        if bulge.amplitude < self._settings.least_amplitude:
            return []
        if not self._learned:
            self._kept.append(bulge)
            return []
        return self._judge(bulge, bulge.known_index)

    @property
    def _threshold(self) -> float:
        return self._noise + self._settings.threshold * (self._signal - self._noise)

    def _learn(self) -> list[Peak]:
        """Take the levels from the first bulges.

        The signal level is the geometric mean of the two highest: the highest alone may be an artefact, the second
        may already be noise when the heart is slow.
        """
        self._learned = True
        seen, self._kept = self._kept, []
        if seen:
            heights = sorted((b.height for b in seen), reverse=True)
            self._signal = math.sqrt(heights[0] * heights[min(1, len(heights) - 1)])
            self._noise = 0.5 * heights[-1]
        return [peak for bulge in seen for peak in self._judge(bulge, self._learning)]

    def _judge(self, bulge: Bulge, decided_index: int) -> list[Peak]:
        last = self._last
        if last is not None:
            since = bulge.feature_index - last.feature_index
            if since < self._refractory:
                return []
            if since < self._t_wave and bulge.height < self._settings.t_wave_share * last.height:
                self._learn_noise(bulge)
                return []
        if bulge.height > self._threshold:
            return [self._accept(bulge, decided_index, LEARNING_RATE)]
        self._learn_noise(bulge)
        self._kept.append(bulge)
        del self._kept[:-REMEMBERED_INTERVALS]
        return []

    def _learn_noise(self, bulge: Bulge) -> None:
        height = min(bulge.height, self._signal)
        self._noise += LEARNING_RATE * (height - self._noise)

    def _accept(self, bulge: Bulge, decided_index: int, rate: float) -> Peak:
        height = min(bulge.height, self._settings.jump * self._signal) if self._signal > 0.0 else bulge.height
        self._signal += rate * (height - self._signal)
        if self._last is not None:
            self._intervals.append(bulge.feature_index - self._last.feature_index)
        self._last = bulge
        self._kept = [b for b in self._kept if b.feature_index - bulge.feature_index >= self._refractory]
        self._search_at = self._next_search(bulge.feature_index, decided_index)
        self._decay_at = max(decided_index + 1, bulge.feature_index + self._patience)
        return Peak(index=bulge.index, decided_index=decided_index, amplitude=bulge.amplitude)

    def _next_search(self, feature_index: int, decided_index: int) -> int | None:
        if not self._intervals:
            return None
        mean = sum(self._intervals) / len(self._intervals)
        return max(decided_index + 1, feature_index + math.ceil(self._settings.search_back * mean))

    def _search_back(self, index: int) -> list[Peak]:
        self._search_at = None
        floor = self._settings.search_back_share * self._threshold
        candidates = [b for b in self._kept if b.height > floor]
        if not candidates:
            return []
        best = max(candidates, key=lambda b: b.height)
        return [self._accept(best, index, SEARCH_BACK_RATE)]


def parabola(before: float, middle: float, after: float) -> float:
    """Offset in [-0.5, 0.5] of the vertex through three equally spaced points from the middle one."""
    curvature = before - 2.0 * middle + after
    if curvature >= 0.0:
        return 0.0
    return max(-0.5, min(0.5, 0.5 * (before - after) / curvature))
