"""One temperature, fitted on people that the network was not trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_emotion.runtime.decision import softmax

COLDEST, HOTTEST = 0.25, 8.0
"""Outside of this range the inner people are too few to be believed."""

STEPS = 40
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def negative_log_likelihood(
    logits: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32], temperature: float
) -> float:
    """Weighted mean of -log p(label)."""
    chosen = softmax(logits, temperature)[np.arange(len(labels)), labels]
    return float(np.average(-np.log(np.maximum(chosen, 1e-12)), weights=weights))


def fit_temperature(
    logits: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> float:
    """The temperature in [0.25, 8] with the highest likelihood, by golden-section search over its logarithm."""
    low, high = np.log(COLDEST), np.log(HOTTEST)
    for _ in range(STEPS):
        span = _GOLDEN * (high - low)
        left, right = high - span, low + span
        losses = [negative_log_likelihood(logits, labels, weights, float(np.exp(x))) for x in (left, right)]
        if losses[0] <= losses[1]:
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))
