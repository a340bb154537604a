"""From logits to a label or an abstention."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import DecisionSpec
from edge_emotion.runtime.normalise import PRESENT, NormalisedWindow
from edge_emotion.types import Abstention, FloatArray, QualityReason, Window


def softmax(logits: FloatArray, temperature: float) -> NDArray[np.float64]:
    """Probabilities of the last axis at ``temperature``, in float64."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Smoothed probabilities and what follows from them."""

    probabilities: tuple[float, ...]
    label: str | None
    abstention: Abstention | None


def refuse_before_inference(
    window: Window, normalised: NormalisedWindow, spec: DecisionSpec
) -> Abstention | None:
    """The reason for which a window is not worth an inference, if there is one."""
    if not window.complete:
        return Abstention.WARMING_UP
    if not normalised.inputs[PRESENT].any():
        gone = all(QualityReason.MISSING in q.reasons for q in window.quality)
        return Abstention.MISSING_SIGNAL if gone else Abstention.POOR_QUALITY
    if not normalised.reference_ready:
        return Abstention.COLLECTING_REFERENCE
    if normalised.clipped_share > spec.unfamiliar_share:
        return Abstention.UNFAMILIAR
    return None


class Decider:
    """Calibrates, smooths and thresholds.

    Parameters
    ----------
    spec
        Temperature, smoothing and thresholds of the bundle.
    labels
        Names of the classes in the order of the logits.
    """

    def __init__(self, spec: DecisionSpec, labels: tuple[str, ...]) -> None:
        self._spec = spec
        self._labels = labels
        self._recent: deque[list[float]] = deque(maxlen=spec.smoothing_windows)

    def reset(self) -> None:
        """Forget earlier windows: after an abstention nothing old may colour what comes."""
        self._recent.clear()

    def push(self, logits: FloatArray) -> Decision:
        """Decide on the next window from logits of shape (classes,)."""
        newest: list[float] = softmax(logits, self._spec.temperature).tolist()
        self._recent.append(newest)
        # A handful of numbers: numpy would take ten times as long.
        count = len(self._recent)
        mean = [_total(column) / count for column in zip(*self._recent, strict=True)]
        best = mean.index(max(mean))
        sure = mean[best] >= self._spec.minimum_probability
        return Decision(
            probabilities=tuple(mean),
            label=self._labels[best] if sure else None,
            abstention=None if sure else Abstention.UNCERTAIN,
        )


def _total(values: Iterable[float]) -> float:
    """The plain sum, in order: the built-in one rounds otherwise from Python 3.12 on."""
    return reduce(add, values)
