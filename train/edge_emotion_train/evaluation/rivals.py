"""Classical rows: they see the network's own normalised hand features, of the windows that the network sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from edge_emotion_train.learning.objective import balance
from edge_emotion_train.preparation.normalising import LabelledWindows

Doubles = NDArray[np.float64]
View = Literal["population", "reference", "both"]

_MAKERS: Mapping[str, Callable[[int], Any]] = {
    "lr": lambda seed: LogisticRegression(C=0.01, max_iter=300, tol=1e-3, random_state=seed),
    "et": lambda seed: ExtraTreesClassifier(
        150, min_samples_leaf=5, max_features=0.3, random_state=seed, n_jobs=1
    ),
    "rf": lambda seed: RandomForestClassifier(200, min_samples_leaf=5, random_state=seed, n_jobs=1),
    "gb": lambda seed: HistGradientBoostingClassifier(
        max_iter=25, max_leaf_nodes=8, learning_rate=0.1, l2_regularization=1.0, random_state=seed
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Classical:
    """A classifier of scikit-learn, person- and class-balanced.

    Parameters
    ----------
    kind
        ``lr`` logistic regression, ``et`` extremely randomised trees, ``rf`` random forest, ``gb`` gradient boosting.
    view
        Which view of each feature it sees: against other people, against the wearer's own rest, or both.
    """

    name: str
    kind: Literal["lr", "et", "rf", "gb"]
    view: View = "reference"

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        model = _MAKERS[self.kind](seed)
        model.fit(
            features(training, self.view), training.windows.labels, sample_weight=balance(training.windows)
        )
        result = np.zeros((len(test), classes))
        result[:, model.classes_] = model.predict_proba(features(test, self.view))
        return result


def features(labelled: LabelledWindows, view: View) -> NDArray[np.float32]:
    """Shape (N, features): both roles and who is present."""
    inputs = labelled.windows.inputs
    parts = []
    for name in ("cardiac_features", "eda_features"):
        half = inputs[name].shape[1] // 2
        cut = {"population": slice(0, half), "reference": slice(half, None), "both": slice(None)}[view]
        parts.append(inputs[name][:, cut])
    return np.concatenate([*parts, inputs["present"]], axis=1)
