"""Attentive cross-modal connections in a form whose cost for a report does not grow with the window.

The network of `edge_emotion_train.models.acmc` (Bhatti et al., arXiv 2108.02241) with what forbids streaming taken out:

- no padding: a convolution sees rows and nothing else, so what it says of a second is the same in every window that holds its
  rows. Where ``acmc`` pads both rims of the window with zeros, ``reach`` - 1 seconds at the start have no embedding of their own;
- all strides but the first are one: the first goes to one column a hop, the others keep it, so that a new hop is a new column;
- the mean over columns is the only place where the window is joined: a sum from which one column leaves and to which one comes.

`embed` is what is done once for each hop, `decide` what is done once for each report. A report costs one column of `embed`,
which needs the last ``reach`` hops of rows, and one `decide`, however long the window is.

Other differences from ``acmc``, each to have few operators, of which an engine pays for every one
(docs/decisions/080-streaming-form.md): one connection, in the middle; one width for all maps and tokens, so that one mask serves
them; with more than two modalities one gate weighs what all others say; the projection of a connection has no bias; each
modality's token has weights of its own in the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from edge_emotion.errors import UsageError
from edge_emotion_train.models.acmc import Attention, Direction, pairs_of
from edge_emotion_train.models.blocks import Blocks, diagonal
from edge_emotion_train.models.parts import Count, FusionModel, Outputs, StreamConfig, over, pooled, shares


class AcmcStreamingConfig(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="family",
    tag="acmc_streaming",
):
    """Shape of the network.

    Parameters
    ----------
    streams
        One entry per modality, in the order of ``present``.
    steps
        Length of a series: 60 s at 4 Hz.
    classes
        Width of the logits.
    hop_steps
        Rows that come with each hop: 1 s at 4 Hz.
    width
        Channels of each modality's map and of its token.
    kernels
        Of each stage; the first in rows and a multiple of ``hop_steps``, the others in hops. Together they reach 10 s back.
    connected, direction, attention
        As in ``acmc``.
    feature_width
        Hidden width of the hand-feature branch.
    dropout
        On tokens and features.
    """

    streams: tuple[StreamConfig, ...]
    steps: Count = 240
    classes: Count = 2
    hop_steps: Count = 4
    width: Count = 24
    kernels: tuple[Count, ...] = (8, 5, 5)
    connected: tuple[int, ...] = (1,)
    direction: Direction = "both"
    attention: Attention = "gate"
    feature_width: Count = 32
    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.3


class Stage(nn.Module):
    """Convolution without padding, batch normalisation, ReLU, of every stream by itself."""

    def __init__(self, heard: Sequence[int], spoken: Sequence[int], kernel: int, stride: int) -> None:
        super().__init__()
        layers = [nn.Conv1d(c, w, kernel, stride=stride) for c, w in zip(heard, spoken, strict=True)]
        self.conv: nn.Module = diagonal(layers, heard, spoken)
        self.norm: nn.Module = nn.BatchNorm1d(sum(spoken))

    def forward(self, maps: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(maps))
        return torch.relu(normed)  # (B, C, T) -> (B, C', (T - kernel) / stride + 1)

    def fold(self) -> None:
        """Move the normalisation into the convolution, whose blocks are merged already."""
        if isinstance(self.norm, nn.BatchNorm1d):
            assert isinstance(self.conv, nn.Conv1d)
            self.conv, self.norm = fuse_conv_bn_eval(self.conv, self.norm), nn.Identity()


class Connection(nn.Module):
    """What the streams add to each other: projections of the others, gated by all."""

    def __init__(
        self, width: int, count: int, places: Sequence[tuple[int, int]], attention: Attention
    ) -> None:
        super().__init__()
        widths = [width] * count
        self.gate = nn.Conv1d(width * count, width * count, 1) if attention == "gate" else None
        self.project: nn.Module = Blocks(
            {(to, of): nn.Conv1d(width, width, 1, bias=False) for of, to in places}, widths, widths
        )

    def forward(self, maps: Tensor) -> Tensor:
        shared: Tensor = self.project(maps)  # (B, M C, T)
        if self.gate is not None:
            shared = torch.sigmoid(self.gate(maps)) * shared
        return maps + shared


class AcmcStreaming(FusionModel):
    """The network; see the module docstring.

    Raises
    ------
    UsageError
        If a stream is not a series on the common grid, a stage does not exist, or the kernels do not fit hop and window.
    """

    spread: Tensor

    def __init__(self, config: AcmcStreamingConfig) -> None:
        super().__init__(config.streams, config.steps)
        _check(config)
        self.config = config
        count = len(config.streams)
        widths = [config.width] * count
        stages = [Stage([s.channels for s in config.streams], widths, config.kernels[0], config.hop_steps)]
        stages += [Stage(widths, widths, kernel, 1) for kernel in config.kernels[1:]]
        self.stages = nn.ModuleList(stages)
        places = pairs_of(count, config.direction)
        self.connections = nn.ModuleDict(
            {
                str(i): Connection(config.width, count, places, config.attention)
                for i in config.connected
                if places
            }
        )
        features, hidden = [s.features for s in config.streams], [config.feature_width] * count
        self.hand: nn.Module = diagonal(
            [nn.Linear(n, config.feature_width) for n in features], features, hidden
        )
        own = {(i, i): nn.Linear(config.width, config.width) for i in range(count)}
        from_hand = {(i, count + i): nn.Linear(config.feature_width, config.width) for i in range(count)}
        self.join: nn.Module = Blocks({**own, **from_hand}, [*widths, *hidden], widths)
        self.score: nn.Module = diagonal(
            [nn.Linear(config.width, 1, bias=False) for _ in widths], widths, [1] * count
        )
        self.head: nn.Module = Blocks(
            {(0, i): nn.Linear(config.width, config.classes, bias=i == 0) for i in range(count)},
            widths,
            [config.classes],
        )
        self.dropout = nn.Dropout(config.dropout)
        # (M, M C): one mask or share for each modality to one for each of its channels.
        self.register_buffer("spread", torch.eye(count).repeat_interleave(config.width, 1), persistent=False)

    @property
    def reach(self) -> int:
        """Hops of rows that one column of `embed` is made of."""
        return reach_of(self.config)

    @property
    def columns(self) -> int:
        """Columns of a window: its hops without the first ``reach`` - 1."""
        return self.config.steps // self.config.hop_steps - self.reach + 1

    def fuse(self, series: Sequence[Tensor], features: Sequence[Tensor | None], present: Tensor) -> Outputs:
        maps = self.embed(torch.cat(list(series), dim=1), present)  # (B, M C, columns)
        hand = torch.cat([f for f in features if f is not None], dim=1)  # (B, all features)
        return self.decide(pooled(maps), hand, present)

    def embed(self, rows: Tensor, present: Tensor) -> Tensor:
        """(B, all channels, T) to one column for each hop from the ``reach``-th on: (B, M C, T / hop - reach + 1)."""
        mask = present @ self.spread  # (B, M) -> (B, M C)
        maps = rows
        for index, stage in enumerate(self.stages):
            maps = stage(maps)
            if str(index) in self.connections:
                # A bias would speak for a missing modality: its map is silenced where others listen.
                maps = self.connections[str(index)](maps * over(mask, maps))
        return maps

    def decide(self, mean: Tensor, hand: Tensor, present: Tensor) -> Outputs:
        """Mean over the window's columns (B, M C) and hand features side by side, to logits and contributions."""
        hidden = torch.relu(self.hand(self.dropout(hand)))  # (B, M H)
        joined = self.join(self.dropout(torch.cat([mean, hidden], dim=1)))  # (B, M C)
        tokens = torch.relu(joined) * (present @ self.spread)
        contributions = shares(self.score(tokens), present)  # (B, M C) -> (B, M)
        weighed = tokens * (contributions @ self.spread)  # (B, M C)
        return self.head(self.dropout(weighed)), contributions  # (B, classes), (B, M)

    def fold(self) -> None:
        """Merge the streams' layers, then each normalisation into its convolution: same outputs in eval mode."""
        for parent in list(self.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, Blocks):
                    setattr(parent, name, child.merged())
        for stage in self.stages:
            cast(Stage, stage).fold()


def reach_of(config: AcmcStreamingConfig) -> int:
    """Hops of rows that one column is made of."""
    return config.kernels[0] // config.hop_steps + sum(k - 1 for k in config.kernels[1:])


def _check(config: AcmcStreamingConfig) -> None:
    if any(s.shape or s.padding != "none" or not s.features for s in config.streams):
        raise UsageError(
            "acmc_streaming takes series on one time grid with hand features: leave shape and padding out of its streams, "
            "or take maan"
        )
    if not set(config.connected) <= set(range(len(config.kernels))):
        stages = f"0 to {len(config.kernels) - 1}"
        raise UsageError(f"acmc_streaming has the stages {stages}, connected names {list(config.connected)}")
    hops = config.steps // config.hop_steps
    whole = config.steps % config.hop_steps == 0 and config.kernels[0] % config.hop_steps == 0
    if not whole or reach_of(config) > hops:
        raise UsageError(
            f"acmc_streaming with {config.steps} steps, hops of {config.hop_steps} and kernels {list(config.kernels)}: steps and "
            f"first kernel must be whole hops, and the kernels reach no farther than the window ({hops} hops)"
        )
