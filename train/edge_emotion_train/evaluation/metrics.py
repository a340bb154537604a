"""Figures pooled over windows, with 95 % bootstrap intervals over people.

All figures are functions of sums that each person (for AUROC, each pair of people) contributes, so a bootstrap draw is a
sum of rows and needs no window twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import Metric
from edge_emotion_train.evaluation.ranking import macro_auroc

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


def brier_by_person(labels: NDArray[np.int64], probabilities: Doubles, people: NDArray[np.str_]) -> Doubles:
    """Shape (people, 2): windows, and summed squared distance between probabilities and truth."""
    names, member = np.unique(people, return_inverse=True)
    distance = ((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2).sum(axis=1)
    sums = np.zeros((len(names), 2))
    np.add.at(sums[:, 0], member, 1.0)
    np.add.at(sums[:, 1], member, distance)
    return sums


def brier(sums: Doubles) -> Doubles:
    """Mean squared distance, summed over classes as Brier (1950) did: 0 is perfect, 2 is sure and wrong; ``sums`` (..., 2)."""
    return np.asarray(sums[..., 1] / sums[..., 0])


Figure = Callable[[Doubles], Doubles]

_CONFUSION_FIGURES: Mapping[str, Figure] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
}


def people_draws(people: int, seed: int = 0, count: int = DRAWS) -> Doubles:
    """Shape (count, people): how often each takes part in a bootstrap draw. The same seed pairs systems."""
    draws = np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), size=count)
    return draws.astype(np.float64)


def interval(values: Doubles) -> tuple[float, float]:
    """The central 95 % of the finite ones; nan where there is none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return float("nan"), float("nan")
    low, high = np.percentile(finite, INTERVAL)
    return float(low), float(high)


def score(
    labels: NDArray[np.int64], probabilities: Doubles, people: NDArray[np.str_], *, seed: int = 0
) -> tuple[Metric, ...]:
    """Accuracy, balanced accuracy, macro-F1, ECE, Brier and, where it is defined, AUROC, each with its interval.

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
    distances = brier_by_person(labels, probabilities, people)
    draws = people_draws(len(confusion), seed)
    metrics = [_metric(name, confusion, draws, figure) for name, figure in _CONFUSION_FIGURES.items()]
    metrics.append(_metric("ece", bins, draws, expected_calibration_error))
    metrics.append(_metric("brier", distances, draws, brier))
    everyone = np.ones((1, len(confusion)))
    area = float(macro_auroc(labels, probabilities, people, everyone)[0])
    if np.isfinite(area):  # with one class there is nothing to rank
        low, high = interval(macro_auroc(labels, probabilities, people, draws))
        metrics.append(Metric(name="auroc", value=area, low=low, high=high))
    return tuple(metrics)


def _metric(name: str, parts: Doubles, draws: Doubles, figure: Figure) -> Metric:
    low, high = interval(figure(np.tensordot(draws, parts, axes=1)))
    each = figure(parts)  # every person alone
    return Metric(
        name=name,
        value=float(figure(parts.sum(axis=0))),
        low=low,
        high=high,
        people_mean=float(each.mean()),
        people_sd=float(each.std(ddof=1)) if len(each) > 1 else None,
    )
