"""Multiply-accumulates of one inference, counted while the network runs."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from edge_emotion_export.artefact import Row


def count_macs(model: nn.Module, example: Row) -> int:
    """Multiply-accumulates in convolutions and linear layers for one window; gates, sums and the few products between
    tokens are not counted."""
    total = 0

    def add(module: nn.Module, _: Any, output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv1d | nn.Conv2d):
            per_value = module.in_channels // module.groups * math.prod(module.kernel_size)
        elif isinstance(module, nn.Linear):
            per_value = module.in_features
        else:
            return
        total += output[0].numel() * per_value

    hooks = [module.register_forward_hook(add) for module in model.modules()]
    try:
        with torch.no_grad():
            model(**{name: torch.from_numpy(values) for name, values in example.items()})
    finally:
        for hook in hooks:
            hook.remove()
    return total
