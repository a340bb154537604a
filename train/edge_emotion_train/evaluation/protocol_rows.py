"""Rows that need no physiology, learned from the judged people themselves, each left out in turn.

For a finished model on a set that it never saw: what its protocol alone would give away to somebody who knows the protocol.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from edge_emotion_train.evaluation.alarms import CLOCK, MAJORITY
from edge_emotion_train.evaluation.predictions import BoardPredictions, SystemPredictions

Doubles = NDArray[np.float64]


def with_protocol_rows(board: BoardPredictions, seed: int = 0) -> BoardPredictions:
    """``board`` and the rows ``clock`` and ``majority``; unchanged where one person is judged, who leaves nobody to learn
    from."""
    names = np.unique(board.people)
    if len(names) < 2:
        return board
    classes = len(board.labels)
    clock, majority = np.zeros((2, len(board), classes))
    for person in names:
        test = board.people == person
        truth = board.truth[~test]
        clock[test] = clock_probabilities(board.minutes[~test], truth, board.minutes[test], classes, seed)
        majority[test] = np.bincount(truth, minlength=classes) / len(truth)
    rows = (
        SystemPredictions(name=CLOCK, probabilities=clock),
        SystemPredictions(name=MAJORITY, probabilities=majority),
    )
    return replace(board, systems=(*board.systems, *rows))


def clock_probabilities(
    minutes: Doubles, labels: NDArray[np.int64], judged_minutes: Doubles, classes: int, seed: int
) -> Doubles:
    """Shape (judged, classes): what somebody says who sees nothing but the minutes since the recording began."""
    trees = ExtraTreesClassifier(200, min_samples_leaf=5, class_weight="balanced", random_state=seed)
    trees.fit(minutes[:, None], labels)
    result = np.zeros((len(judged_minutes), classes))
    result[:, trees.classes_] = trees.predict_proba(judged_minutes[:, None])
    return result
