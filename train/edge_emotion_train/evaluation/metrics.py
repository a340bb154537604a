"""Figures pooled over windows, with 95 % bootstrap intervals over people.

All figures are functions of sums that each person contributes, so a bootstrap draw is a sum of rows and
needs no window twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import Metric

Doubles = NDArray[np.float64]

ECE_BINS = 15
DRAWS = 2000
INTERVAL = (2.5, 97.5)


def confusion_by_person(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], people: NDArray[np.str_], classes: int
) -> Doubles:
    """Shape (people, classes, classes): counts of (true, predicted), people in sorted order."""
    names, member = np.unique(people, return_inverse=True)
    counts = np.zeros((len(names), classes, classes))
    np.add.at(counts, (member, labels, predicted), 1.0)
    return counts


def calibration_by_person(
    labels: NDArray[np.int64], probabilities: Doubles, people: NDArray[np.str_]
) -> Doubles:
    """Shape (people, bins, 3): windows, summed confidence and correct ones, by bin of confidence."""
    names, member = np.unique(people, return_inverse=True)
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    sums = np.zeros((len(names), ECE_BINS, 3))
    for column, values in enumerate((np.ones_like(confidence), confidence, correct.astype(np.float64))):
        np.add.at(sums[..., column], (member, bins), values)
    return sums


def accuracy(confusion: Doubles) -> Doubles:
    """Share of windows on the diagonal; ``confusion`` (..., classes, classes)."""
    return np.asarray(np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum(axis=(-2, -1)))


def balanced_accuracy(confusion: Doubles) -> Doubles:
    """Mean recall of the classes that occur."""
    truth = confusion.sum(axis=-1)
    recall = np.diagonal(confusion, axis1=-2, axis2=-1) / np.maximum(truth, 1.0)
    return np.asarray(recall.sum(axis=-1) / (truth > 0).sum(axis=-1))


def macro_f1(confusion: Doubles) -> Doubles:
    """Mean F1 of the classes that occur, in truth or in prediction."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    total = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return np.asarray((2 * hits / np.maximum(total, 1.0)).sum(axis=-1) / (total > 0).sum(axis=-1))


def expected_calibration_error(sums: Doubles) -> Doubles:
    """Mean distance of confidence and accuracy over bins, weighted by windows; ``sums`` (..., bins, 3)."""
    windows = sums[..., 0].sum(axis=-1)
    return np.asarray(np.abs(sums[..., 1] - sums[..., 2]).sum(axis=-1) / windows)


_CONFUSION_FIGURES: Mapping[str, Callable[[Doubles], Doubles]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
}


def score(
    labels: NDArray[np.int64], probabilities: Doubles, people: NDArray[np.str_], *, seed: int = 0
) -> tuple[Metric, ...]:
    """Accuracy, balanced accuracy, macro-F1 and ECE, each with its interval.

    Parameters
    ----------
    labels, people
        Shape (N,).
    probabilities
        Shape (N, classes).
    seed
        Of the bootstrap.
    """
    confusion = confusion_by_person(labels, probabilities.argmax(axis=1), people, probabilities.shape[1])
    bins = calibration_by_person(labels, probabilities, people)
    draws = np.random.default_rng(seed).multinomial(
        len(confusion), np.full(len(confusion), 1 / len(confusion)), size=DRAWS
    )
    metrics = [_metric(name, confusion, draws, figure) for name, figure in _CONFUSION_FIGURES.items()]
    return (*metrics, _metric("ece", bins, draws, expected_calibration_error))


def _metric(
    name: str, parts: Doubles, draws: NDArray[np.int64], figure: Callable[[Doubles], Doubles]
) -> Metric:
    resampled = figure(np.tensordot(draws.astype(np.float64), parts, axes=1))
    low, high = np.percentile(resampled, INTERVAL)
    return Metric(name=name, value=float(figure(parts.sum(axis=0))), low=float(low), high=float(high))
