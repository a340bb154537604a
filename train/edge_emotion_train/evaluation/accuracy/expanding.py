"""Features against everything seen of the person so far: reported apart, never the row to beat.

A mean that goes on growing knows how long the session has lasted, and in a fixed protocol that is the label
(`docs/decisions/003-frozen-reference.md`). What this row gains over a frozen reference may be physiology or clock; where there is
one protocol order nobody can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from edge_emotion_train.evaluation.rivals import features
from edge_emotion_train.learning.objective import balance
from edge_emotion_train.preparation.normalising import LabelledWindows

Doubles = NDArray[np.float64]

PRIOR_MIN = 5.0
"""Weight of the population's spread, in minutes of windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanding:
    """Trees on features standardised by the running mean and spread of the person's judged windows, with the plain ones."""

    name: str = "et_expanding"

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        trees = ExtraTreesClassifier(300, min_samples_leaf=5, max_features=0.3, random_state=seed, n_jobs=1)
        trees.fit(expanded(training), training.windows.labels, sample_weight=balance(training.windows))
        result = np.zeros((len(test), classes))
        result[:, trees.classes_] = trees.predict_proba(expanded(test))
        return result


def expanded(labelled: LabelledWindows) -> Doubles:
    """Shape (N, 2 features): the population view, and the same against its past, each person's windows in order of time."""
    plain = features(labelled, "population").astype(np.float64)
    relative = np.zeros_like(plain)
    for person in np.unique(labelled.windows.people):
        mine = np.flatnonzero(labelled.windows.people == person)
        own, minutes = plain[mine], labelled.minutes[mine]
        seen = np.arange(1, len(mine) + 1)[:, None]
        mean = np.cumsum(own, axis=0) / seen
        variance = np.maximum(np.cumsum(own**2, axis=0) / seen - mean**2, 0.0)
        weight = np.clip((minutes - minutes[0]) / PRIOR_MIN, 0.0, None)[:, None]
        relative[mine] = (own - mean) / np.sqrt((weight * variance + 1.0) / (weight + 1.0))
    return np.concatenate([plain, relative], axis=1)
