"""What a network must know to do without the wearer's reference: a reference view of all zeros means "unknown"."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from edge_emotion.types import Role

KEPT_ALONE = 0.25
"""In a window that is hit a role keeps its reference with this chance: at run time, too, one signal's rest can be bad alone."""


def drop_reference(inputs: Mapping[str, Tensor], chance: float) -> dict[str, Tensor]:
    """Zero the reference view, the second half of each input's axis 1, of some windows.

    Parameters
    ----------
    inputs
        By name, batch first, with ``present`` (batch, roles) among them.
    chance
        Of each window being hit; drawn from torch's global generator.
    """
    batch = len(inputs["present"])
    hit = torch.rand(batch, 1) < chance
    lost = hit & (torch.rand(batch, len(Role)) >= KEPT_ALONE)
    changed = dict(inputs)
    for name, values in inputs.items():
        if name == "present":
            continue
        mask = lost[:, list(Role).index(Role(name.split("_", maxsplit=1)[0]))]
        keep = torch.ones_like(values)
        keep[mask, values.shape[1] // 2 :] = 0.0
        changed[name] = values * keep
    return changed
