"""Whether tensors from a file are those of a network."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


def first_mismatch(own: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> str | None:
    """Name of the first tensor that one side lacks or that differs in shape; ``None`` if they fit."""
    differ = (
        name
        for name in own.keys() | tensors.keys()
        if name not in own or name not in tensors or own[name].shape != tensors[name].shape
    )
    return min(differ, default=None)
