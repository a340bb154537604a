"""What a batch is worth: weighted cross-entropy, augmentation, modality dropout. All randomness is torch's global generator."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edge_emotion.runtime.normalise import PRESENT
from edge_emotion_train.learning.unknown_reference import drop_reference
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import TrainingSettings

Batch = Mapping[str, Tensor]


def balance(windows: WindowSet) -> NDArray[np.float32]:
    """Weight of each window, shape (N,), mean 1: every class sums to the same, and within it every person."""
    groups = np.char.add(np.char.add(windows.people.astype(np.str_), "|"), windows.labels.astype(np.str_))
    _, member, counts = np.unique(groups, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[member]
    for label in np.unique(windows.labels):
        mine = windows.labels == label
        weights[mine] /= weights[mine].sum()
    return np.asarray(weights / weights.mean(), np.float32)


def tensors_of(windows: WindowSet) -> dict[str, Tensor]:
    """All inputs as torch tensors."""
    return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in windows.inputs.items()}


def weighted_loss(logits: Tensor, labels: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy of logits (B, classes), averaged with ``weights`` (B,)."""
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    return (losses * weights).sum() / weights.sum()


def augment(inputs: Batch, settings: TrainingSettings) -> dict[str, Tensor]:
    """Noise and gain on everything, and now and then one modality blanked; a missing modality stays exactly zero."""
    present = _drop_modality(inputs[PRESENT], settings.modality_dropout)
    # Series come before features and in the order of ``present``: the first names are the roles.
    roles = tuple(dict.fromkeys(role_name(name) for name in inputs if name != PRESENT))
    changed = {PRESENT: present}
    for name, values in inputs.items():
        if name == PRESENT:
            continue
        mask = present[:, roles.index(role_name(name))]
        shape = (-1, *(1,) * (values.dim() - 1))
        if name.endswith(
            "_mask"
        ):  # says where there are values: nothing that a sensor could measure more or less of
            changed[name] = values * mask.reshape(shape)
            continue
        gain = 1.0 + settings.gain * torch.randn(len(values)).reshape(shape)
        noisy = values * gain + settings.noise * torch.randn_like(values)
        changed[name] = noisy * mask.reshape(shape)
    return drop_reference(changed, settings.reference_dropout) if settings.reference_dropout else changed


def role_name(tensor: str) -> str:
    """Name of the role that an input belongs to."""
    return tensor.split("_", maxsplit=1)[0]


def _drop_modality(present: Tensor, chance: float) -> Tensor:
    """Blank one of several present modalities, never the last one."""
    count = present.shape[1]
    hit = (torch.rand(len(present)) < chance) & (present.sum(dim=1) > 1)
    victim = torch.nn.functional.one_hot(torch.randint(count, (len(present),)), count)
    return present * (1.0 - victim * hit[:, None])
