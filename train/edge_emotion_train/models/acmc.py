"""Attentive cross-modal connections between per-modality CNNs.

Bhatti, Behinaein, Rodenburg, Hungler, Etemad: "Attentive Cross-modal Connections for Deep Multimodal
Wearable-based Emotion Recognition", arXiv 2108.02241.

From the abstract: one CNN per modality (there ECG and EDA); connections between the streams share
intermediate representations and weigh what is shared by attention. From the follow-up's abstract (AttX,
arXiv 2206.04625): a connection may sit after any block, one- or two-way, at several stages at once.

Stand-ins, ours because the text gives no layer table or formula:

- inputs are 60 s series at 4 Hz (heart rate, beat-to-beat change, tonic and phasic skin conductance), not
  raw waveforms: the same network then serves ECG, wrist PPG and plain heart-rate straps;
- a connection is ``F_a + sigmoid(W[F_a; F_b]) * P F_b`` with 1x1 convolutions W and P;
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
from torch.nn.utils.fusion import fuse_conv_bn_eval

SCORE_BOUND = 2.0
MASK_PENALTY = 10.0
"""A missing modality scores 0 - 10 and a present one at least -2: the share lost to the mask is under
e^-8."""

Direction = Literal["both", "forward", "backward", "off"]
Count = Annotated[int, msgspec.Meta(ge=1)]


class StreamConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One modality's inputs: ``channels`` of its series and number of hand ``features``, both views
    counted."""

    role: str
    channels: Count
    features: Count


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
        ``forward`` shares from earlier streams to later ones, ``backward`` the other way, ``off`` is the
        ablation.
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
    feature_width: Count = 32
    token_width: Count = 32
    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.3


class Stage(nn.Module):
    """Strided convolution, batch normalisation, ReLU."""

    def __init__(self, channels: int, width: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, width, kernel, stride=stride, padding=kernel // 2)
        self.norm: nn.Module = nn.BatchNorm1d(width)

    def forward(self, series: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(series))
        return torch.relu(normed)  # (B, C, T) -> (B, C', T / stride)

    def fold(self) -> None:
        """Move the normalisation into the convolution; the stage must be in eval mode."""
        if isinstance(self.norm, nn.BatchNorm1d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class Connection(nn.Module):
    """What one stream adds to another: a projection of the source, gated by both."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = nn.Conv1d(2 * width, width, 1)
        self.project = nn.Conv1d(width, width, 1)

    def forward(self, target: Tensor, source: Tensor, source_present: Tensor) -> Tensor:
        gate = torch.sigmoid(self.gate(torch.cat([target, source], dim=1)))  # (B, 2C, T) -> (B, C, T)
        shared: Tensor = gate * self.project(source) * source_present
        return shared  # (B, C, T) * (B, C, T) * (B, 1, 1)


class Token(nn.Module):
    """Joins the pooled map and the hand features of one modality."""

    def __init__(self, config: AcmcConfig, features: int) -> None:
        super().__init__()
        self.features = nn.Linear(features, config.feature_width)
        self.join = nn.Linear(config.widths[-1] + config.feature_width, config.token_width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, maps: Tensor, features: Tensor) -> Tensor:
        pooled = maps.mean(dim=2)  # (B, C, T) -> (B, C)
        hand = torch.relu(self.features(self.dropout(features)))  # (B, n) -> (B, H)
        joined = torch.cat([pooled, hand], dim=1)  # (B, C + H)
        return torch.relu(self.join(self.dropout(joined)))  # (B, C + H) -> (B, D)


class Acmc(nn.Module):
    """The network; see the module docstring.

    Inputs: ``cardiac`` and ``eda`` (B, channels, steps), ``cardiac_features`` and ``eda_features`` (B,
    features), ``present`` (B, 2) of 0 and 1. Outputs: logits (B, classes) and contributions (B, 2), which
    sum to one unless everything is missing.
    """

    def __init__(self, config: AcmcConfig) -> None:
        super().__init__()
        self.config = config
        shapes = list(zip(config.widths, config.kernels, config.strides, strict=True))
        self.stages = nn.ModuleList()
        for stream in config.streams:
            channels = [stream.channels, *config.widths[:-1]]
            self.stages.append(nn.ModuleList(Stage(c, *s) for c, s in zip(channels, shapes, strict=True)))
        self.connections = nn.ModuleDict(
            {
                f"{stage}_{source}_{target}": Connection(config.widths[stage])
                for stage in config.connected
                for source, target in _pairs(config)
            }
        )
        self.tokens = nn.ModuleList(Token(config, stream.features) for stream in config.streams)
        self.score = nn.Linear(config.token_width, 1, bias=False)  # no bias: a zero token scores zero
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.token_width, config.classes)

    def forward(
        self, cardiac: Tensor, eda: Tensor, cardiac_features: Tensor, eda_features: Tensor, present: Tensor
    ) -> tuple[Tensor, Tensor]:
        return self.fuse((cardiac, eda), (cardiac_features, eda_features), present)

    def fuse(
        self, series: Sequence[Tensor], features: Sequence[Tensor], present: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The same for any number of modalities, in the order of the configuration's streams."""
        masks = [present[:, i : i + 1] for i in range(len(series))]  # (B, 1) each
        maps = self._streams(list(series), masks)  # (B, C, T) each
        tokens = [
            t(m, f) * p for t, m, f, p in zip(self.tokens, maps, features, masks, strict=True)
        ]  # (B, D) each
        scores = torch.tanh(torch.cat([self.score(token) for token in tokens], dim=1))  # (B, M), within +-1
        masked = SCORE_BOUND * scores + MASK_PENALTY * (present - 1.0)  # (B, M)
        contributions = torch.softmax(masked, dim=1) * present  # (B, M)
        fused = torch.zeros_like(tokens[0])  # (B, D)
        for i, token in enumerate(tokens):
            fused = fused + contributions[:, i : i + 1] * token  # (B, 1) * (B, D)
        return self.head(self.dropout(fused)), contributions  # (B, classes), (B, M)

    def _streams(self, maps: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        pairs = _pairs(self.config)
        for index in range(len(self.config.widths)):
            # A convolution's bias would speak for a missing modality: its map is silenced before anyone can
            # listen.
            maps = [
                self._stage(i, index)(m) * p[:, :, None]
                for i, (m, p) in enumerate(zip(maps, masks, strict=True))
            ]
            if index not in self.config.connected:
                continue
            before = maps
            maps = list(maps)
            for source, target in pairs:
                connection = self.connections[f"{index}_{source}_{target}"]
                shared = connection(before[target], before[source], masks[source][:, :, None])  # (B, C, T)
                maps[target] = maps[target] + shared  # (B, C, T)
        return maps

    def _stage(self, stream: int, index: int) -> Stage:
        return cast(Stage, cast(nn.ModuleList, self.stages[stream])[index])

    def fold(self) -> None:
        """Fold every batch normalisation into its convolution: same outputs in eval mode, fewer operators to
        quantise."""
        for module in self.modules():
            if isinstance(module, Stage):
                module.fold()

    def parameter_count(self) -> int:
        """Trainable parameters."""
        return sum(p.numel() for p in self.parameters())


def _pairs(config: AcmcConfig) -> list[tuple[int, int]]:
    """(source, target) of every connection at one stage."""
    forward = config.direction in ("both", "forward")
    backward = config.direction in ("both", "backward")
    count = len(config.streams)
    return [(s, t) for s in range(count) for t in range(count) if (forward and s < t) or (backward and s > t)]
