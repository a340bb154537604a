"""AUROC as a function of sums over pairs of people, so that a bootstrap draw over people needs no window twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def won_pairs(positive: NDArray[np.bool_], scores: Doubles, people: NDArray[np.str_]) -> Doubles:
    """Pairs of a positive and a negative window that the score puts in order.

    Parameters
    ----------
    positive, scores, people
        Shape (N,).

    Returns
    -------
    array
        Shape (people, people): [p, q] counts positives of p above negatives of q, ties as a half; people sorted.
    """
    names = np.unique(people)
    winners = [scores[(people == p) & positive] for p in names]
    losers = [np.sort(scores[(people == p) & ~positive]) for p in names]
    won = np.zeros((len(names), len(names)))
    for p, high in enumerate(winners):
        for q, low in enumerate(losers):
            below = np.searchsorted(low, high, "left").sum() + np.searchsorted(low, high, "right").sum()
            won[p, q] = below / 2
    return won


def class_counts(truth: NDArray[np.int64], people: NDArray[np.str_], classes: int) -> Doubles:
    """Shape (people, classes): windows by true class, people sorted."""
    names, member = np.unique(people, return_inverse=True)
    counts = np.zeros((len(names), classes))
    np.add.at(counts, (member, truth), 1.0)
    return counts


def macro_auroc(
    truth: NDArray[np.int64], probabilities: Doubles, people: NDArray[np.str_], draws: Doubles
) -> Doubles:
    """Area under the ROC curve, each class against the rest, mean over the classes that have both sides.

    Parameters
    ----------
    truth, people
        Shape (N,).
    probabilities
        Shape (N, classes).
    draws
        Shape (D, people): how often each person, in sorted order, takes part.

    Returns
    -------
    array
        Shape (D,); nan where no class has both sides.
    """
    counts = draws @ class_counts(truth, people, probabilities.shape[1])  # (D, classes)
    total = counts.sum(axis=1)
    areas = np.full(counts.shape, np.nan)
    for label in range(counts.shape[1]):
        won = won_pairs(truth == label, probabilities[:, label], people)
        pairs = counts[:, label] * (total - counts[:, label])
        inside = np.einsum("dp,pq,dq->d", draws, won, draws, optimize=True)
        areas[:, label] = np.divide(inside, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
    known = np.isfinite(areas)
    sums = np.where(known, areas, 0.0).sum(axis=1)
    mean = np.divide(sums, known.sum(axis=1), out=np.full(len(sums), np.nan), where=known.any(axis=1))
    return np.asarray(mean)
