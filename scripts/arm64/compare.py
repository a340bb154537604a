"""What the emulated board computed beside what this machine did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Outputs = Mapping[str, NDArray[np.float32]]

STEPS = 255
"""Steps of int8 over the range of an output. The files end in float arithmetic, so a step is told from what comes out."""
MOST_INT8_STEPS = 1.0
MOST_FLOAT_ERROR = 1e-5
LOGITS = "logits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of one output of one model file.

    Parameters
    ----------
    error
        Largest absolute difference.
    steps
        The same in steps of int8: parts of 255 of the range that the trusted outputs span.
    same_label
        Share of windows with the same largest value.
    """

    error: float
    steps: float
    same_label: float

    def fine(self, *, int8: bool) -> bool:
        """Whether it is no more than kernels that add in another order may differ by."""
        near = self.steps <= MOST_INT8_STEPS if int8 else self.error <= MOST_FLOAT_ERROR
        return near and self.same_label == 1.0


def difference(found: NDArray[np.float32], trusted: NDArray[np.float32]) -> Difference:
    """Compare outputs of shape (windows, values)."""
    error = float(np.abs(found.astype(np.float64) - trusted).max())
    step = float(np.ptp(trusted)) / STEPS
    same = float(np.mean(found.argmax(axis=1) == trusted.argmax(axis=1)))
    return Difference(error=error, steps=error / step, same_label=same)


def says_something(trusted: Outputs) -> bool:
    """Whether windows can tell a broken engine: more than one label among them, and hardly two outputs alike.

    White noise saturates: every engine agrees on it, broken or not.
    """
    for name, values in trusted.items():
        if name.endswith(LOGITS):
            labels, alike = len(set(values.argmax(axis=1))), len(np.unique(values, axis=0))
            if labels < 2 or alike < len(values) // 2:
                return False
    return True
