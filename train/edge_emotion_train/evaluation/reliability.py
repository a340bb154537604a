"""Reliability diagrams: does it happen as often as the model says?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import Metric
from edge_emotion_train.evaluation.metrics import calibration_by_person, interval, people_draws, score

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Windows of like confidence.

    Parameters
    ----------
    confidence, accuracy
        Mean probability of the named class, and share of them that were right.
    low, high
        95 % interval of ``accuracy`` over people.
    """

    windows: int
    confidence: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """One diagram: the bins that hold a window, ECE and Brier score of all."""

    stage: str
    people: int
    bins: tuple[Bin, ...]
    ece: Metric
    brier: Metric


def reliability(
    stage: str,
    truth: NDArray[np.int64],
    probabilities: Doubles,
    people: NDArray[np.str_],
    *,
    seed: int = 0,
) -> Reliability:
    """The diagram of one system.

    Parameters
    ----------
    stage
        What was done to the probabilities: goes into the picture's title.
    truth, people
        Shape (N,).
    probabilities
        Shape (N, classes).
    """
    by_person = calibration_by_person(truth, probabilities, people)  # (people, bins, 3)
    draws = people_draws(len(by_person), seed)
    resampled = np.tensordot(draws, by_person, axes=1)  # (draws, bins, 3)
    figures = {m.name: m for m in score(truth, probabilities, people, seed=seed)}
    bins = tuple(
        _bin(column, resampled[:, index]) for index, column in enumerate(by_person.sum(axis=0)) if column[0]
    )
    return Reliability(
        stage=stage, people=len(by_person), bins=bins, ece=figures["ece"], brier=figures["brier"]
    )


def _bin(sums: Doubles, resampled: Doubles) -> Bin:
    windows, correct = resampled[:, 0], resampled[:, 2]
    shares = np.divide(correct, windows, out=np.full(len(windows), np.nan), where=windows > 0)
    low, high = interval(shares)
    return Bin(
        windows=int(sums[0]),
        confidence=float(sums[1] / sums[0]),
        accuracy=float(sums[2] / sums[0]),
        low=low,
        high=high,
    )
