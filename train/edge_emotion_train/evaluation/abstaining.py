"""What abstaining buys: the error among the windows that are answered, by the share of windows that are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion_train.evaluation.metrics import interval, people_draws

Doubles = NDArray[np.float64]

DRAWS = 400
"""Each draw walks through all windows; the interval's ends move by under a hundredth between 400 and 2000."""

POINTS = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """A risk-coverage curve (El-Yaniv & Wiener, JMLR 2010), by confidence in the named class.

    Parameters
    ----------
    coverage
        Share of the windows that are answered, rising.
    risk, low, high
        Share of errors among them, with its 95 % interval over people.
    aurc
        Area under the curve: mean risk over all coverages; lower is better.
    threshold_coverage, threshold_risk
        At the minimum probability that the run reports with; risk is nan when nothing reaches it.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    aurc: float
    aurc_low: float
    aurc_high: float
    threshold: float
    threshold_coverage: float
    threshold_risk: float


def risk_coverage(
    truth: NDArray[np.int64],
    probabilities: Doubles,
    people: NDArray[np.str_],
    threshold: float,
    *,
    seed: int = 0,
) -> RiskCoverage:
    """The curve of one system.

    Parameters
    ----------
    truth, people
        Shape (N,).
    probabilities
        Shape (N, classes).
    threshold
        Smallest probability with which the run names a label.
    """
    confidence = probabilities.max(axis=1)
    wrong = (probabilities.argmax(axis=1) != truth).astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    names, member = np.unique(people, return_inverse=True)
    grid = np.linspace(1 / POINTS, 1.0, POINTS)
    curve = _curve(np.ones(len(truth)), wrong[order], grid)
    draws = people_draws(len(names), seed, DRAWS)
    resampled = np.array([_curve(draw[member[order]], wrong[order], grid) for draw in draws])
    bounds = [interval(column) for column in resampled.T]
    aurc_low, aurc_high = interval(resampled.mean(axis=1))
    answered = confidence >= threshold
    return RiskCoverage(
        coverage=tuple(grid.tolist()),
        risk=tuple(curve.tolist()),
        low=tuple(low for low, _ in bounds),
        high=tuple(high for _, high in bounds),
        aurc=float(curve.mean()),
        aurc_low=aurc_low,
        aurc_high=aurc_high,
        threshold=threshold,
        threshold_coverage=float(answered.mean()),
        threshold_risk=float(wrong[answered].mean()) if answered.any() else float("nan"),
    )


def _curve(weights: Doubles, wrong: Doubles, grid: Doubles) -> Doubles:
    """Risk at each coverage of ``grid``; windows in falling order of confidence."""
    seen = np.cumsum(weights)
    at = np.minimum(np.searchsorted(seen, grid * seen[-1] - 1e-9), len(seen) - 1)
    return np.asarray(np.cumsum(weights * wrong)[at] / seen[at])
