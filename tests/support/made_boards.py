"""Made-up boards for the tests of figures and of the report."""

from __future__ import annotations

import numpy as np

from edge_emotion.runtime.decision import softmax
from edge_emotion_train.evaluation.predictions import BoardPredictions, SystemPredictions


def network(name: str, truth: np.ndarray, skill: float, classes: int, seed: int) -> SystemPredictions:
    """Logits that lean towards the truth by ``skill``."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1, (len(truth), classes)) + skill * np.eye(classes)[truth]
    shares = random.dirichlet((4, 2), len(truth))
    return SystemPredictions(
        name=name,
        probabilities=softmax(logits, 1.5),
        logits=logits.astype(np.float32),
        contributions=shares.astype(np.float32),
    )


def board(
    *, people: int = 8, windows: int = 40, classes: int = 2, skill: float = 2.0, name: str = "stress_predict"
) -> BoardPredictions:
    """A network, a weaker classifier, the clock and the majority on the windows of made-up people."""
    random = np.random.default_rng(people)
    truth = random.integers(0, classes, people * windows)
    share = np.bincount(truth, minlength=classes) / len(truth)
    rows = (
        network("acmc", truth, skill, classes, 1),
        SystemPredictions(name="lr", probabilities=network("", truth, skill / 2, classes, 2).probabilities),
        SystemPredictions(name="clock", probabilities=network("", truth, 0.2, classes, 3).probabilities),
        SystemPredictions(name="majority", probabilities=np.tile(share, (len(truth), 1))),
    )
    return BoardPredictions(
        board=name,
        protocol="leave-one-person-out",
        labels=("rest", "stress", "joy")[:classes],
        roles=("cardiac", "eda"),
        people=np.repeat([f"{name}/S{i:02d}" for i in range(people)], windows),
        minutes=np.tile(np.arange(windows) / 4.0, people),
        truth=truth.astype(np.int64),
        systems=rows,
    )
