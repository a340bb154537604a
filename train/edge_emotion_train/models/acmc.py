"""Attentive cross-modal connections between per-modality CNNs.

Bhatti, Behinaein, Rodenburg, Hungler, Etemad: "Attentive Cross-modal Connections for Deep Multimodal
Wearable-based Emotion Recognition", arXiv 2108.02241.

From the abstract: one CNN per modality (there ECG and EDA); connections between the streams share
intermediate representations and weigh what is shared by attention. From the follow-up's abstract (AttX,
arXiv 2206.04625): a connection may sit after any block, one- or two-way, at several stages at once.

Stand-ins, ours because the text gives no layer table or formula:

- inputs are 60 s series at 4 Hz (heart rate, beat-to-beat change, tonic and phasic skin conductance), not
  raw waveforms: the same network then serves ECG, wrist PPG and plain heart-rate straps;
- a connection is ``F_a + sigmoid(W[F_a; F_b]) * P F_b`` with 1x1 convolutions W and P; with more than two
  modalities each adds its own term;
- all streams lie on one time grid, so that nothing need be aligned before it is shared;
- every stage is convolution, batch normalisation (folded for export), ReLU; pooling is the mean, which int8
  keeps well;
- streaming hand features join their modality's token; tokens are fused by a masked softmax, whose weights
  are the reported contributions. Its scores are bounded by tanh, so that the mask needs no huge constant
  (int8 ranges);
- a missing modality: token zero, connections from it closed, contribution zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, cast

import msgspec
import torch
from torch import Tensor, nn

from edge_emotion.errors import UsageError
from edge_emotion_train.models.parts import (
    Count,
    FusionModel,
    Outputs,
    StreamConfig,
    Token,
    Unit,
    channels_of,
    masks_of,
    over,
    pooled,
    shares,
    weighted_sum,
)

Direction = Literal["both", "forward", "backward", "off"]
Attention = Literal["gate", "off"]


class AcmcConfig(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="family", tag="acmc"
):
    """Shape of the network; the defaults are the ``lite`` size (under 60 000 parameters).

    Parameters
    ----------
    streams
        One entry per modality, in the order of ``present``.
    steps
        Length of a series: 60 s at 4 Hz.
    classes
        Width of the logits.
    widths
        Channels after each stage: they grow as time shrinks, which keeps the cost of a stage about level.
    strides
        A first stride of 4 goes to 1 Hz at once: heart rate and skin conductance hold little above 0.5 Hz.
    kernels
        9 steps at 4 Hz span 2 s, about the rise of a skin-conductance response.
    connected
        Stages with a connection after them; all, since the sources leave the place open.
    direction
        ``forward`` shares from earlier streams to later ones, ``backward`` the other way; ``off`` is the ablation
        without connections.
    attention
        ``off`` is the ablation in which connections share without weighing.
    feature_width
        Hidden width of the hand-feature branch.
    token_width
        Width of a modality's token, small because there are few people to learn from.
    dropout
        On tokens and features: people are few, windows of one person alike.
    """

    streams: tuple[StreamConfig, ...]
    steps: Count = 240
    classes: Count = 2
    widths: tuple[Count, ...] = (16, 24, 32)
    strides: tuple[Count, ...] = (4, 2, 2)
    kernels: tuple[Count, ...] = (9, 5, 5)
    connected: tuple[int, ...] = (0, 1, 2)
    direction: Direction = "both"
    attention: Attention = "gate"
    feature_width: Count = 32
    token_width: Count = 32
    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.3


class Connection(nn.Module):
    """What one stream adds to another: a projection of the source, gated by both."""

    def __init__(self, width: int, attention: Attention) -> None:
        super().__init__()
        self.gate = nn.Conv1d(2 * width, width, 1) if attention == "gate" else None
        self.project = nn.Conv1d(width, width, 1)

    def forward(self, target: Tensor, source: Tensor, source_present: Tensor) -> Tensor:
        shared: Tensor = self.project(source) * over(source_present, source)  # (B, C, T) * (B, 1, 1)
        if self.gate is None:
            return shared
        both = torch.cat([target, source], dim=1)  # (B, C, T), (B, C, T) -> (B, 2C, T)
        return torch.sigmoid(self.gate(both)) * shared  # (B, C, T) * (B, C, T)


class Acmc(FusionModel):
    """The network; see the module docstring.

    Raises
    ------
    UsageError
        If a stream is not a series on the common grid, or a stage does not exist.
    """

    def __init__(self, config: AcmcConfig) -> None:
        super().__init__(config.streams, config.steps)
        _check(config)
        self.config = config
        shapes = list(zip(config.widths, config.kernels, config.strides, strict=True))
        self.stages = nn.ModuleList()
        for stream in config.streams:
            channels = [channels_of(stream), *config.widths[:-1]]
            units = [Unit(c, w, k, stride=s) for c, (w, k, s) in zip(channels, shapes, strict=True)]
            self.stages.append(nn.ModuleList(units))
        self.connections = nn.ModuleDict(
            {
                f"{stage}_{source}_{target}": Connection(config.widths[stage], config.attention)
                for stage in config.connected
                for source, target in _pairs(config)
            }
        )
        self.tokens = nn.ModuleList(
            Token(config.widths[-1], s.features, config.feature_width, config.token_width, config.dropout)
            for s in config.streams
        )
        self.score = nn.Linear(config.token_width, 1, bias=False)  # no bias: a zero token scores zero
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.token_width, config.classes)

    def fuse(self, series: Sequence[Tensor], features: Sequence[Tensor | None], present: Tensor) -> Outputs:
        masks = masks_of(present)  # (B, 1) each
        maps = self._streams(list(series), masks)  # (B, C, T) each
        tokens = [
            token(pooled(m), f) * p  # (B, C), (B, n) -> (B, D)
            for token, m, f, p in zip(self.tokens, maps, features, masks, strict=True)
        ]
        scores = torch.cat([self.score(token) for token in tokens], dim=1)  # (B, D) each -> (B, M)
        contributions = shares(scores, present)  # (B, M)
        fused = weighted_sum(contributions, tokens)  # (B, D)
        return self.head(self.dropout(fused)), contributions  # (B, classes), (B, M)

    def _streams(self, maps: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        pairs = _pairs(self.config)
        for index in range(len(self.config.widths)):
            # A convolution's bias would speak for a missing modality: its map is silenced before anyone can
            # listen.
            maps = [
                self._stage(i, index)(m) * over(p, m)
                for i, (m, p) in enumerate(zip(maps, masks, strict=True))
            ]
            if index not in self.config.connected:
                continue
            before = maps
            maps = list(maps)
            for source, target in pairs:
                connection = self.connections[f"{index}_{source}_{target}"]
                maps[target] = maps[target] + connection(before[target], before[source], masks[source])
        return maps

    def _stage(self, stream: int, index: int) -> Unit:
        return cast(Unit, cast(nn.ModuleList, self.stages[stream])[index])


def _pairs(config: AcmcConfig) -> list[tuple[int, int]]:
    return pairs_of(len(config.streams), config.direction)


def pairs_of(count: int, direction: Direction) -> list[tuple[int, int]]:
    """(source, target) of every connection at one stage between ``count`` streams."""
    forward = direction in ("both", "forward")
    backward = direction in ("both", "backward")
    return [(s, t) for s in range(count) for t in range(count) if (forward and s < t) or (backward and s > t)]


def _check(config: AcmcConfig) -> None:
    if any(stream.shape for stream in config.streams):
        raise UsageError("acmc shares along one time axis: leave shape out of its streams, or take maan")
    if not set(config.connected) <= set(range(len(config.widths))):
        stages = f"0 to {len(config.widths) - 1}"
        raise UsageError(f"acmc has the stages {stages}, connected names {list(config.connected)}")
