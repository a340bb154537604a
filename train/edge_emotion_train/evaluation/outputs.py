"""Everything that a network says about windows, not only its logits."""

from __future__ import annotations

import numpy as np
import torch

from edge_emotion.types import FloatArray
from edge_emotion_train.learning.objective import tensors_of
from edge_emotion_train.learning.training import PREDICT_BATCH
from edge_emotion_train.models import FusionModel
from edge_emotion_train.preparation.windows import WindowSet


def logits_and_contributions(model: FusionModel, windows: WindowSet) -> tuple[FloatArray, FloatArray]:
    """Shapes (N, classes) and (N, roles), float32; ``model`` must be in eval mode."""
    inputs = tensors_of(windows)
    with torch.inference_mode():
        parts = [
            model(**{name: values[first : first + PREDICT_BATCH] for name, values in inputs.items()})
            for first in range(0, len(windows), PREDICT_BATCH)
        ]
    logits, shares = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
    return np.asarray(logits, np.float32), np.asarray(shares, np.float32)
