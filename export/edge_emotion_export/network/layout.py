"""Lays a network's series out as images one pixel high: the same numbers with two-dimensional convolutions.

TFLite knows no convolution over one axis. litert-torch wraps each in two reshapes and two transposes; between two-dimensional
ones it turns to channels-last once. The shipped network: 150 operators to 96, transposes 30 to 4 (decision 052).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

_SERIES_RANK = 3
"""Batch, channels, time."""


class Flat(nn.Module):
    """A copy of ``model`` with the same inputs by name and the same outputs; its parameters keep their names below ``model``.

    Parameters
    ----------
    model
        In eval mode and folded; it must work on maps (B, C, H, T) as on series (B, C, T).
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        for parent in list(self.model.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, nn.Conv1d):
                    setattr(parent, name, _as_image(child))

    def forward(self, **inputs: Tensor) -> tuple[Tensor, ...]:
        laid: Mapping[str, Tensor] = {
            name: values.unsqueeze(2) if values.dim() == _SERIES_RANK else values  # (B, C, T) -> (B, C, 1, T)
            for name, values in inputs.items()
        }
        return tuple(self.model(**laid))


def _as_image(conv: nn.Conv1d) -> nn.Conv2d:
    """(B, C, T) -> (B, C', T / s) as (B, C, 1, T) -> (B, C', 1, T / s)."""
    (kernel,), (stride,), (dilation,) = conv.kernel_size, conv.stride, conv.dilation
    assert not isinstance(conv.padding, str)
    flat = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        (1, kernel),
        stride=(1, stride),
        padding=(0, conv.padding[0]),
        dilation=(1, dilation),
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    with torch.no_grad():
        flat.weight.copy_(conv.weight.unsqueeze(2))  # (C', C, k) -> (C', C, 1, k)
        if conv.bias is not None and flat.bias is not None:
            flat.bias.copy_(conv.bias)
    return flat.eval()
