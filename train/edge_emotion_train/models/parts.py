"""What the families share: the form of a network, the convolution unit, a modality's token, the shares of modalities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from edge_emotion.runtime.normalise import PRESENT

SCORE_BOUND = 2.0
MASK_PENALTY = 10.0
"""A missing modality scores 0 - 10 and a present one at least -2: the share lost to the mask is under
e^-8."""

Convolution = Literal["full", "separable"]
"""``separable`` splits a convolution into one per channel and a 1x1 one over channels: far fewer weights."""

Count = Annotated[int, msgspec.Meta(ge=1)]
Outputs = tuple[Tensor, Tensor]
"""Logits (B, classes) and contributions (B, modalities)."""


class StreamConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One modality's inputs.

    Parameters
    ----------
    role
        Name of its series; ``role_features`` and ``role_mask`` are named after it.
    channels
        Of the series, both views counted.
    features
        Number of hand features, both views counted; 0 for none.
    shape
        Axes after the channels; empty for the network's ``steps``. Two axes make it a map, such as (electrodes,
        sub-windows) for EEG.
    padding
        ``masked`` for a series of varying length that ends in zeros, such as RR intervals: ``role_mask`` is 1 where
        there is a value.
    """

    role: str
    channels: Count
    features: Annotated[int, msgspec.Meta(ge=0)]
    shape: tuple[Count, ...] = ()
    padding: Literal["none", "masked"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInput:
    """An input of a network; ``shape`` is without the batch."""

    name: str
    shape: tuple[int, ...]


def model_inputs(streams: Sequence[StreamConfig], steps: int) -> tuple[ModelInput, ...]:
    """All inputs in their order: series, their masks, hand features, ``present``."""
    series, masks, features = [], [], []
    for stream in streams:
        shape = stream.shape or (steps,)
        series.append(ModelInput(name=stream.role, shape=(stream.channels, *shape)))
        if stream.padding == "masked":
            masks.append(ModelInput(name=f"{stream.role}_mask", shape=(1, *shape)))
        if stream.features:
            features.append(ModelInput(name=f"{stream.role}_features", shape=(stream.features,)))
    return (*series, *masks, *features, ModelInput(name=PRESENT, shape=(len(streams),)))


class FusionModel(nn.Module, ABC):
    """A network from named inputs to logits and contributions, for any set of modalities.

    ``forward`` takes the tensors that `inputs` declares as keywords, each with a leading batch: series (B, channels,
    ...), hand features (B, features), ``present`` (B, modalities) of 0 and 1. It gives logits (B, classes) and
    contributions (B, modalities), which are zero for what is missing and sum to one unless all of it is.
    """

    def __init__(self, streams: tuple[StreamConfig, ...], steps: int) -> None:
        super().__init__()
        self.streams = streams
        self.inputs = model_inputs(streams, steps)

    def forward(self, **inputs: Tensor) -> Outputs:
        series = [self._series(stream, inputs) for stream in self.streams]
        features = [inputs.get(f"{stream.role}_features") for stream in self.streams]
        return self.fuse(series, features, inputs[PRESENT])

    @abstractmethod
    def fuse(self, series: Sequence[Tensor], features: Sequence[Tensor | None], present: Tensor) -> Outputs:
        """The network proper; one entry per stream, masks already applied."""

    @staticmethod
    def _series(stream: StreamConfig, inputs: dict[str, Tensor]) -> Tensor:
        values = inputs[stream.role]
        if stream.padding == "none":
            return values
        mask = inputs[f"{stream.role}_mask"]  # (B, 1, T)
        return torch.cat([values * mask, mask], dim=1)  # (B, C, T), (B, 1, T) -> (B, C + 1, T)

    def fold(self) -> None:
        """Fold every batch normalisation into its convolution: same outputs in eval mode, fewer operators to
        quantise."""
        for module in self.modules():
            if isinstance(module, Unit):
                module.fold()

    def parameter_count(self) -> int:
        """Trainable parameters."""
        return sum(p.numel() for p in self.parameters())


def channels_of(stream: StreamConfig) -> int:
    """Channels that reach the first convolution: a mask is one more."""
    return stream.channels + (stream.padding == "masked")


def axes_of(stream: StreamConfig) -> int:
    """1 for a series, 2 for a map."""
    return max(1, len(stream.shape))


class Unit(nn.Module):
    """Convolution, batch normalisation, ReLU, over one axis or two."""

    def __init__(
        self,
        channels: int,
        width: int,
        kernel: int,
        *,
        stride: int = 1,
        axes: int = 1,
        convolution: Convolution = "full",
    ) -> None:
        super().__init__()
        make = nn.Conv1d if axes == 1 else nn.Conv2d
        pad = kernel // 2
        self.depthwise: nn.Module = nn.Identity()
        if convolution == "full":
            self.conv: nn.Module = make(channels, width, kernel, stride=stride, padding=pad)
        else:
            # No bias: the normalisation behind would take it out again.
            self.depthwise = make(
                channels, channels, kernel, stride=stride, padding=pad, groups=channels, bias=False
            )
            self.conv = make(channels, width, 1)
        self.norm: nn.Module = nn.BatchNorm1d(width) if axes == 1 else nn.BatchNorm2d(width)

    def forward(self, maps: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(self.depthwise(maps)))
        return torch.relu(normed)  # (B, C, ...) -> (B, C', ... / stride)

    def fold(self) -> None:
        """Move the normalisation into the convolution; the unit must be in eval mode."""
        if isinstance(self.norm, nn.BatchNorm1d | nn.BatchNorm2d):
            assert isinstance(self.conv, nn.Conv1d | nn.Conv2d)
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class Token(nn.Module):
    """Joins what the pooled map and the hand features of one modality say."""

    def __init__(self, channels: int, features: int, feature_width: int, width: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Linear(features, feature_width) if features else None
        self.join = nn.Linear(channels + (feature_width if features else 0), width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, pooled: Tensor, features: Tensor | None) -> Tensor:
        joined = pooled  # (B, C)
        if self.features is not None and features is not None:
            hand = torch.relu(self.features(self.dropout(features)))  # (B, n) -> (B, H)
            joined = torch.cat([pooled, hand], dim=1)  # (B, C + H)
        return torch.relu(self.join(self.dropout(joined)))  # (B, C + H) -> (B, D)


def masks_of(present: Tensor) -> list[Tensor]:
    """``present`` (B, M) as one (B, 1) per modality."""
    return [present[:, i : i + 1] for i in range(present.shape[1])]


def pooled(maps: Tensor) -> Tensor:
    """Mean over everything behind the channels: (B, C, ...) -> (B, C)."""
    return maps.mean(dim=tuple(range(2, maps.dim())))


def over(mask: Tensor, maps: Tensor) -> Tensor:
    """(B, C) with as many trailing axes as ``maps``, to multiply with it."""
    return mask.reshape(*mask.shape, *(1,) * (maps.dim() - 2))


def shares(scores: Tensor, present: Tensor) -> Tensor:
    """Softmax over the last axis of bounded ``scores`` among the modalities that are there.

    Scores that tanh bounds need no huge constant as mask, which keeps int8 ranges narrow.
    """
    masked = SCORE_BOUND * torch.tanh(scores) + MASK_PENALTY * (present - 1.0)
    return torch.softmax(masked, dim=-1) * present


def weighted_sum(shares_of: Tensor, tokens: Sequence[Tensor]) -> Tensor:
    """Tokens (B, D) each, weighed with (B, M)."""
    fused = torch.zeros_like(tokens[0])  # (B, D)
    for i, token in enumerate(tokens):
        fused = fused + shares_of[:, i : i + 1] * token  # (B, 1) * (B, D)
    return fused
