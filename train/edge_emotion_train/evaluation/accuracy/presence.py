"""What the quality of the signals alone gives away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from edge_emotion.runtime.normalise import PRESENT
from edge_emotion_train.preparation.normalising import LabelledWindows


class Presence:
    """Nothing but which modalities were usable: motion spoils the pulse, and who speaks and gestures moves.

    Printed beside the clock: a row that does not beat it has learned from no physiology.
    """

    name = "presence"

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> NDArray[np.float64]:
        trees = ExtraTreesClassifier(100, class_weight="balanced", random_state=seed, n_jobs=1)
        trees.fit(training.windows.inputs[PRESENT], training.windows.labels)
        result = np.zeros((len(test), classes))
        result[:, trees.classes_] = trees.predict_proba(test.windows.inputs[PRESENT])
        return result
