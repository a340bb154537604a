"""What heart beats and what noise look like of late, in four bands, and the log odds that a candidate is a beat.

A band counts for as much as beats and noise lie apart in it: electrode motion fills the low ones, muscle the high ones. The
bands are written out one by one: loops over four numbers would take most of the detector's time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import mul

import numpy as np
from numpy.typing import NDArray

LEVEL_RATE = 0.05
NOISE_RATE = 0.1
LEAST_APART = 0.1
SHAPE_RATE = 0.02
"""Slow: a heart does not change because its wearer moves."""
LARGEST_STEP = 1.0
"""One artefact moves a level by no more than this (a factor e) times the rate."""
SINKING, LEAST_GAP = 0.1, 0.3
"""How fast the beats' level sinks when beats are overdue, and how close to the noise's level it goes."""

PER_BELOW, PER_EXCESS, PER_ABOVE, PER_LIKENESS, OFFSET = 2.35, -3.1, 1.75, 0.95, -0.5
"""Log odds per unit of: log height relative to the beats' level; the same once more where it is positive (what is too high is an
artefact); log height relative to the noise's level; cosine between its shape and the beats'; and a constant. Fitted by logistic
regression and then by coordinate steps on 12 records of MIT-BIH (see docs/decisions/010)."""
LEAST_BELOW, MOST_ABOVE, MOST_EXCESS = -8.0, 4.0, 1.5

Bands = tuple[float, float, float, float]


@dataclass(slots=True, eq=False)
class Candidate:
    """A local maximum of the wavelet's magnitude.

    Parameters
    ----------
    index
        Sample index of the maximum.
    known_index
        Newest sample that was needed to know it.
    heights
        Log amplitude in each band; only differences count.
    shape, norm
        Amplitudes of the bands' even and odd parts, in any unit, and the length of this vector.
    around
        The samples around it, from which the R peak is read once this is a beat.
    """

    index: int
    known_index: int
    heights: Bands
    shape: list[float]
    norm: float
    around: NDArray[np.float64]


class Levels:
    """Levels of beats and noise, the beats' shape, and what follows from them for a candidate."""

    __slots__ = (
        "_beat",
        "_beat_level",
        "_noise",
        "_noise_level",
        "_shape",
        "_shape_norm",
        "_weights",
        "known",
    )

    def __init__(self) -> None:
        self.known = False
        self._beat: Bands = (0.0, 0.0, 0.0, 0.0)
        self._noise = self._beat
        self._shape: list[float] = []
        self._shape_norm = 1.0
        self._weights = self._beat
        self._beat_level = self._noise_level = 0.0

    def begin(self, beats: list[Candidate], noise: Candidate) -> None:
        """Take the levels from what is thought to be beats, the clearest first, and noise."""
        self.known = True
        a, b, c, d = (sum(column) / len(beats) for column in zip(*(c.heights for c in beats), strict=True))
        self._beat = (a, b, c, d)
        self._noise = noise.heights
        self._shape = [v / beats[0].norm for v in beats[0].shape]
        self._shape_norm = 1.0
        self._weigh()

    def learn_beat(self, candidate: Candidate) -> None:
        """A beat was decided."""
        self._beat = _nearer(self._beat, candidate.heights, LEVEL_RATE)
        gain, kept = SHAPE_RATE / candidate.norm, 1.0 - SHAPE_RATE
        self._shape = shape = [kept * a + gain * b for a, b in zip(self._shape, candidate.shape, strict=True)]
        self._shape_norm = math.sqrt(sum(map(mul, shape, shape))) + 1e-9
        self._weigh()

    def learn_noise(self, candidate: Candidate) -> None:
        """A candidate was found to be none."""
        self._noise = _nearer(self._noise, candidate.heights, NOISE_RATE)
        self._weigh()

    def sink(self) -> None:
        """Beats are overdue: look for smaller ones, but not among the noise."""
        a, b, c, d = (
            max(b - SINKING, min(b, n + LEAST_GAP)) for b, n in zip(self._beat, self._noise, strict=True)
        )
        self._beat = (a, b, c, d)
        self._weigh()

    def judge(self, candidate: Candidate) -> tuple[float, float]:
        """Log odds of being a beat, but for the rhythm, and log height relative to the beats' level."""
        w0, w1, w2, w3 = self._weights
        h0, h1, h2, h3 = candidate.heights
        height = w0 * h0 + w1 * h1 + w2 * h2 + w3 * h3
        below, above = height - self._beat_level, height - self._noise_level
        odds = OFFSET + PER_BELOW * (below if below > LEAST_BELOW else LEAST_BELOW)
        if below > 0.0:
            odds += PER_EXCESS * (below if below < MOST_EXCESS else MOST_EXCESS)
        odds += PER_ABOVE * (above if above < MOST_ABOVE else MOST_ABOVE)
        alike = sum(map(mul, self._shape, candidate.shape)) / (self._shape_norm * candidate.norm)
        return odds + PER_LIKENESS * alike, below

    def _weigh(self) -> None:
        b0, b1, b2, b3 = self._beat
        n0, n1, n2, n3 = self._noise
        w0, w1, w2, w3 = b0 - n0, b1 - n1, b2 - n2, b3 - n3
        w0 = w0 if w0 > LEAST_APART else LEAST_APART
        w1 = w1 if w1 > LEAST_APART else LEAST_APART
        w2 = w2 if w2 > LEAST_APART else LEAST_APART
        w3 = w3 if w3 > LEAST_APART else LEAST_APART
        share = 1.0 / (w0 + w1 + w2 + w3)
        self._weights = w0, w1, w2, w3 = w0 * share, w1 * share, w2 * share, w3 * share
        self._beat_level = w0 * b0 + w1 * b1 + w2 * b2 + w3 * b3
        self._noise_level = w0 * n0 + w1 * n1 + w2 * n2 + w3 * n3


def _nearer(level: Bands, heights: Bands, rate: float) -> Bands:
    """Levels moved towards heights."""
    l0, l1, l2, l3 = level
    h0, h1, h2, h3 = heights
    return (
        l0 + rate * _bounded(h0 - l0),
        l1 + rate * _bounded(h1 - l1),
        l2 + rate * _bounded(h2 - l2),
        l3 + rate * _bounded(h3 - l3),
    )


def _bounded(step: float) -> float:
    return LARGEST_STEP if step > LARGEST_STEP else -LARGEST_STEP if step < -LARGEST_STEP else step
