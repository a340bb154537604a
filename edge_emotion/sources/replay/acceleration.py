"""Acceleration beside a pulse wave: up to three axes that files keep as channels or columns of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.recording import Signal, regular_signal
from edge_emotion.types import Modality

ACC_COLUMNS = ("acc_x_g", "acc_y_g", "acc_z_g")
_AXIS = re.compile(r"^acc(?:el(?:eration|erometer)?)?[ _.-]*([xyz])\b")


def axis_channels(labels: Sequence[str]) -> list[int]:
    """Indices of the channels labelled as axes of an accelerometer, such as ``ACC X`` or ``accelerometer_y``; x, y, z."""
    found = {m[1]: k for k, label in enumerate(labels) if (m := _AXIS.match(label.strip().lower()))}
    return [found[axis] for axis in sorted(found)]


def stack_axes(path: Path, axes: Sequence[Signal]) -> Signal:
    """One signal of shape (n, axes) in g.

    Raises
    ------
    RecordingError
        If the axes differ in rate, start or length.
    """
    first = axes[0]
    for axis in axes[1:]:
        if (axis.rate_hz, axis.start_s, len(axis.values)) != (
            first.rate_hz,
            first.start_s,
            len(first.values),
        ):
            told = ", ".join(
                f"{len(a.values)} samples at {a.rate_hz:g} Hz from {a.start_s:g} s" for a in axes
            )
            raise RecordingError(
                f"{path}: the axes of the acceleration differ ({told}); they must be sampled together"
            )
    values = np.stack([axis.values for axis in axes], axis=1)
    return regular_signal(path, Modality.ACC, values, first.rate_hz or 0.0, first.start_s)
