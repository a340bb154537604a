"""Modality-aware attention between per-modality U-Nets.

Woo, Zubair, Lim, Kim (ETRI, KAIST): emotion recognition from ECG and EEG with intra-modality U-Nets and modality-aware
attention (on AMIGOS).

From the paper: the cardiac input is the series of RR intervals, zero-padded to one length; the EEG input is the
differential entropy in theta, alpha, beta and gamma; each modality has U-Net units with concurrent spatial and channel
squeeze-and-excitation (scSE; Roy et al. 2018), one-dimensional for ECG and two-dimensional for EEG, each convolution with
batch normalisation and activation. The attention max-pools the one-dimensional map over time and the other over space,
concatenates the descriptors, passes them through one shared convolution, splits, gives each modality a convolution of
its own, and multiplies each map with its mask.

Stand-ins, ours because the text does not give them:

- depth, widths, kernels, dropout, optimiser; the U-Nets go down by strided convolutions and up by repeating, not by
  pooling and transposed convolutions (fewer kinds of operators in int8);
- scSE adds the two gates before it multiplies, which is Roy's sum of two gated maps with one product less;
- pooled descriptors have no axis left, so that a convolution on them is a linear map; gates are sigmoids;
- entropies come per sub-window, as maps of (electrodes, sub-windows) with bands as channels;
- fusion: gated maps are averaged, joined by the streaming hand features, and weighed by a masked softmax, whose shares
  are the reported contributions;
- a missing modality: map, descriptor and token zero, contribution zero.

Deviation of the wearable form (cardiac and skin conductance): its cardiac input is the series that the other families
take, heart rate and beat-to-beat change on the common grid, which is the RR series resampled in time. A series in beats
would be one more window tensor in every bundle for the same intervals. The original's RR series with its mask is there
for the configuration with EEG.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
import torch
from torch import Tensor, nn

from edge_emotion_train.models.parts import (
    Convolution,
    Count,
    FusionModel,
    Outputs,
    StreamConfig,
    Token,
    Unit,
    axes_of,
    channels_of,
    masks_of,
    over,
    pooled,
    shares,
    weighted_sum,
)


class MaanConfig(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="family", tag="maan"
):
    """Shape of the network; the defaults are the ``lite`` size (under 60 000 parameters).

    Parameters
    ----------
    streams
        One entry per modality, in the order of ``present``.
    steps
        Length of a series whose stream gives no shape: 60 s at 4 Hz.
    classes
        Width of the logits.
    widths
        Channels at each level of the U-Nets, the finest first; the map that comes out has the first.
    kernel
        Of every convolution over time; maps take 3 x 3.
    first_stride
        Of a series on the common grid: 4 goes to 1 Hz at once. Maps and padded series are short and keep their length.
    convolution
        ``separable`` needs a fifth of the weights.
    squeeze
        A channel gate's hidden layer is this many times narrower.
    attention
        ``off`` is the ablation: maps pass without gates.
    descriptor_width
        Of each modality's part of the shared convolution.
    feature_width, token_width, dropout
        As in `edge_emotion_train.models.acmc.AcmcConfig`.
    """

    streams: tuple[StreamConfig, ...]
    steps: Count = 240
    classes: Count = 2
    widths: tuple[Count, ...] = (24, 32, 48)
    kernel: Count = 5
    first_stride: Count = 4
    convolution: Convolution = "separable"
    squeeze: Count = 2
    attention: Literal["modality", "off"] = "modality"
    descriptor_width: Count = 16
    feature_width: Count = 32
    token_width: Count = 32
    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.3


class Excitation(nn.Module):
    """Concurrent spatial and channel squeeze-and-excitation."""

    def __init__(self, width: int, squeeze: int, axes: int) -> None:
        super().__init__()
        self.down = nn.Linear(width, max(1, width // squeeze))
        self.up = nn.Linear(max(1, width // squeeze), width)
        self.where = (nn.Conv1d if axes == 1 else nn.Conv2d)(width, 1, 1)

    def forward(self, maps: Tensor) -> Tensor:
        squeezed = torch.relu(self.down(pooled(maps)))  # (B, C, ...) -> (B, C / squeeze)
        channel = over(torch.sigmoid(self.up(squeezed)), maps)  # (B, C, 1)
        place = torch.sigmoid(self.where(maps))  # (B, C, ...) -> (B, 1, ...)
        return maps * (channel + place)  # (B, C, ...) * (B, C, ...)


class Unet(nn.Module):
    """Down through the levels and up again, each level joined to its peer: (B, C, T) -> (B, widths[0], T / stride)."""

    def __init__(self, config: MaanConfig, stream: StreamConfig) -> None:
        super().__init__()
        axes, widths = axes_of(stream), config.widths
        kernel = config.kernel if axes == 1 else 3
        first = 1 if stream.shape else config.first_stride

        def level(channels: int, width: int, stride: int) -> nn.Module:
            unit = Unit(channels, width, kernel, stride=stride, axes=axes, convolution=config.convolution)
            return nn.Sequential(unit, Excitation(width, config.squeeze, axes))

        inside = zip((channels_of(stream), *widths[:-1]), widths, strict=True)
        self.down = nn.ModuleList(level(c, w, 2 if i else first) for i, (c, w) in enumerate(inside))
        self.up = nn.ModuleList(level(coarse + fine, fine, 1) for fine, coarse in pairwise(widths))

    def forward(self, series: Tensor) -> Tensor:
        levels: list[Tensor] = []
        maps = series
        for down in self.down:
            maps = down(maps)  # (B, C, T) -> (B, C', T / 2)
            levels.append(maps)
        for up, fine in zip(reversed(self.up), reversed(levels[:-1]), strict=True):
            maps = up(torch.cat([stretched(maps, fine), fine], dim=1))  # (B, C + C', T) -> (B, C', T)
        return maps


def stretched(coarse: Tensor, fine: Tensor) -> Tensor:
    """``coarse`` with every value twice along each axis that is shorter, cut to the length of ``fine``."""
    for axis in range(2, coarse.dim()):
        if coarse.shape[axis] == fine.shape[axis]:
            continue  # an axis of length 1 stays: a series laid out as an image
        coarse = torch.stack([coarse, coarse], dim=axis + 1).flatten(axis, axis + 1)  # (..., T) -> (..., 2 T)
        if coarse.shape[axis] > fine.shape[axis]:  # an odd length was rounded up on the way down
            coarse = coarse.narrow(axis, 0, fine.shape[axis])
    return coarse


class ModalityAttention(nn.Module):
    """Gates for each modality's channels, from what all of them show."""

    def __init__(self, config: MaanConfig) -> None:
        super().__init__()
        count, width, hidden = len(config.streams), config.widths[0], config.descriptor_width
        self.shared = nn.Linear(count * width, count * hidden)
        self.own = nn.ModuleList(nn.Linear(hidden, width) for _ in config.streams)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        descriptors = [m.amax(dim=tuple(range(2, m.dim()))) for m in maps]  # (B, C, ...) -> (B, C) each
        shared = torch.relu(self.shared(torch.cat(descriptors, dim=1)))  # (B, M C) -> (B, M H)
        parts = shared.chunk(len(maps), dim=1)  # (B, H) each
        gates = [torch.sigmoid(own(part)) for own, part in zip(self.own, parts, strict=True)]  # (B, C) each
        return [m * over(gate, m) for m, gate in zip(maps, gates, strict=True)]  # (B, C, ...) * (B, C, 1)


class Maan(FusionModel):
    """The network; see the module docstring."""

    def __init__(self, config: MaanConfig) -> None:
        super().__init__(config.streams, config.steps)
        self.config = config
        self.unets = nn.ModuleList(Unet(config, stream) for stream in config.streams)
        self.attention = ModalityAttention(config) if config.attention == "modality" else None
        self.tokens = nn.ModuleList(
            Token(config.widths[0], s.features, config.feature_width, config.token_width, config.dropout)
            for s in config.streams
        )
        self.score = nn.Linear(config.token_width, 1, bias=False)  # no bias: a zero token scores zero
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.token_width, config.classes)

    def fuse(self, series: Sequence[Tensor], features: Sequence[Tensor | None], present: Tensor) -> Outputs:
        masks = masks_of(present)  # (B, 1) each
        # Biases would speak for a missing modality: its map is silenced before the others' gates look at it.
        maps = [unet(s) * over(p, s) for unet, s, p in zip(self.unets, series, masks, strict=True)]
        if self.attention is not None:
            maps = self.attention(maps)  # (B, C, ...) each
        tokens = [
            token(pooled(m), f) * p  # (B, C), (B, n) -> (B, D)
            for token, m, f, p in zip(self.tokens, maps, features, masks, strict=True)
        ]
        scores = torch.cat([self.score(token) for token in tokens], dim=1)  # (B, D) each -> (B, M)
        contributions = shares(scores, present)  # (B, M)
        fused = weighted_sum(contributions, tokens)  # (B, D)
        return self.head(self.dropout(fused)), contributions  # (B, classes), (B, M)
