"""What the trained network says: the truth that every file is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_emotion.engines import Engine
from edge_emotion.errors import InputError
from edge_emotion.runtime.decision import softmax
from edge_emotion_export.calibration import rows_of, without_role
from edge_emotion_train.preparation.windows import WindowSet

WINDOWS_WITHOUT_ROLE = 500
_BATCH = 512

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the trained network says of a set of windows.

    Parameters
    ----------
    probabilities
        Shape (N, classes), softmax of logits over temperature.
    """

    windows: WindowSet
    probabilities: Probabilities
    temperature: float


def reference_of(model: nn.Module, windows: WindowSet, temperature: float) -> Reference:
    """Run the trained network.

    Raises
    ------
    InputError
        If it gives values that are not finite: its weights are broken.
    """
    parts = []
    with torch.no_grad():
        for start in range(0, len(windows), _BATCH):  # bounds the memory of the feature maps
            batch = {n: torch.from_numpy(v[start : start + _BATCH].copy()) for n, v in windows.inputs.items()}
            parts.append(model(**batch)[0].numpy())
    logits = np.concatenate(parts)
    if not np.isfinite(logits).all():
        raise InputError("the trained network gives values that are not finite: train again")
    return Reference(windows=windows, probabilities=softmax(logits, temperature), temperature=temperature)


def references_without(
    model: nn.Module, windows: WindowSet, roles: tuple[str, ...], temperature: float
) -> dict[str, Reference]:
    """What the trained network says of windows that lack one role each; empty for a single role."""
    some = windows.take(np.arange(0, len(windows), -(-len(windows) // WINDOWS_WITHOUT_ROLE)))
    return {
        role: reference_of(model, without_role(some, roles, role), temperature)
        for role in roles
        if len(roles) > 1
    }


def probabilities_of(engine: Engine, reference: Reference) -> Probabilities:
    """The same windows through an engine, one by one as on the device: shape (N, classes)."""
    logits = [engine.run(row)["logits"][0] for row in rows_of(reference.windows)]
    return softmax(np.stack(logits), reference.temperature)


def label_agreement(found: Probabilities, truth: Probabilities) -> float:
    """Share of windows with the same most probable class."""
    return float(np.mean(found.argmax(axis=1) == truth.argmax(axis=1)))
