"""Multi-head attention over one token per modality, with encoders that contrastive learning may prepare.

Guo, Zhang, Huang: ME-MHACL, arXiv 2308.01919.

From the abstract: Meiosis groups and augments unlabelled signals for a contrastive task that trains one extractor per
modality (`edge_emotion_train.pretraining`); the trained extractors then learn from labels, and multi-head attention
fuses the modalities.

Stand-ins, ours because only the abstract was at hand:

- encoders are strided convolutions on 60 s series at 4 Hz, a few tens of thousands of parameters instead of the 16
  million of the residual network that Meiosis came with (Kan et al., arXiv 2208.00877): there are tens of people;
- one token of 64 a modality, 4 heads, one layer with a residual connection and no layer normalisation, which int8 keeps
  badly; the mean over the modalities that are there goes to the classifier;
- attention scores are bounded by tanh, so that the mask of a missing modality needs no huge constant (int8 ranges);
- streaming hand features join their modality's token;
- contributions: half of what each modality brings to the mean by itself, half of what the others take from it by
  attention, averaged over heads (roll-out over one residual layer; Abnar and Zuidema, arXiv 2005.00928);
- a missing modality: token zero, never attended to, contribution zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, cast

import msgspec
import torch
from torch import Tensor, nn

from edge_emotion.errors import UsageError
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
    pooled,
    shares,
    weighted_sum,
)


class MeMhaclConfig(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="family", tag="me_mhacl"
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
    widths, strides, kernels
        Of an encoder's units. Maps take strides of at most 2 and 3 x 3.
    convolution
        ``separable`` needs a fifth of the weights.
    heads
        Parts of a token that attend apart; they must divide ``token_width``.
    attention
        ``off`` is the ablation: the tokens' mean alone.
    feature_width, token_width, dropout
        As in `edge_emotion_train.models.acmc.AcmcConfig`.
    """

    streams: tuple[StreamConfig, ...]
    steps: Count = 240
    classes: Count = 2
    widths: tuple[Count, ...] = (24, 32, 48)
    strides: tuple[Count, ...] = (4, 2, 2)
    kernels: tuple[Count, ...] = (9, 5, 5)
    convolution: Convolution = "separable"
    heads: Count = 4
    attention: Literal["heads", "off"] = "heads"
    feature_width: Count = 32
    token_width: Count = 64
    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.3


class Encoder(nn.Module):
    """What pre-training prepares: (B, C, ...) -> (B, widths[-1])."""

    def __init__(self, config: MeMhaclConfig, stream: StreamConfig) -> None:
        super().__init__()
        axes = axes_of(stream)
        channels = (channels_of(stream), *config.widths[:-1])
        shapes = zip(channels, config.widths, config.kernels, config.strides, strict=True)
        self.units = nn.Sequential(
            *(
                Unit(
                    c,
                    w,
                    k if axes == 1 else 3,
                    stride=s if axes == 1 else min(s, 2),
                    axes=axes,
                    convolution=config.convolution,
                )
                for c, w, k, s in shapes
            )
        )

    def forward(self, series: Tensor) -> Tensor:
        maps: Tensor = self.units(series)  # (B, C, T) -> (B, E, T / strides)
        return pooled(maps)  # (B, E)


class HeadAttention(nn.Module):
    """Multi-head attention among at most a handful of tokens."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        batch, count, width = tokens.shape
        part = width // self.heads

        def split(layer: nn.Module) -> Tensor:
            parts: Tensor = layer(tokens).reshape(batch, count, self.heads, part)
            return parts.transpose(1, 2)  # (B, M, D) -> (B, M, h, d) -> (B, h, M, d)

        scores = split(self.query) @ split(self.key).transpose(
            2, 3
        )  # (B, h, M, d) @ (B, h, d, M) -> (B, h, M, M)
        weights = shares(scores / part**0.5, present.reshape(batch, 1, 1, count))  # (B, h, M, M)
        taken = (weights @ split(self.value)).transpose(1, 2)  # (B, h, M, M) @ (B, h, M, d) -> (B, M, h, d)
        return self.out(taken.reshape(batch, count, width)), weights.mean(dim=1)  # (B, M, D), (B, M, M)


class MeMhacl(FusionModel):
    """The network; see the module docstring.

    Raises
    ------
    UsageError
        If the heads do not divide the token.
    """

    def __init__(self, config: MeMhaclConfig) -> None:
        super().__init__(config.streams, config.steps)
        if config.token_width % config.heads:
            raise UsageError(f"me_mhacl: {config.heads} heads do not divide token_width {config.token_width}")
        self.config = config
        self.encoders = nn.ModuleList(Encoder(config, stream) for stream in config.streams)
        self.tokens = nn.ModuleList(
            Token(config.widths[-1], s.features, config.feature_width, config.token_width, config.dropout)
            for s in config.streams
        )
        self.attention = (
            HeadAttention(config.token_width, config.heads) if config.attention == "heads" else None
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.token_width, config.classes)

    def encode(self, stream: int, series: Tensor) -> Tensor:
        """What the extractor of one modality sees in its series: (B, channels, ...) -> (B, widths[-1])."""
        return cast(Tensor, self.encoders[stream](series))

    def fuse(self, series: Sequence[Tensor], features: Sequence[Tensor | None], present: Tensor) -> Outputs:
        tokens = [
            token(self.encode(i, s), f) * p  # (B, E), (B, n) -> (B, D)
            for i, (token, s, f, p) in enumerate(
                zip(self.tokens, series, features, masks_of(present), strict=True)
            )
        ]
        alone = shares(torch.zeros_like(present), present)  # (B, M): the same for all that are there
        if self.attention is None:
            return self.head(self.dropout(weighted_sum(alone, tokens))), alone  # (B, classes), (B, M)
        mixed, weights = self.attention(torch.stack(tokens, dim=1), present)  # (B, M, D), (B, M, M)
        together = [token + mixed[:, i] for i, token in enumerate(tokens)]  # (B, D) each
        fused = torch.relu(weighted_sum(alone, together))  # (B, M), (B, D) each -> (B, D)
        taken = weighted_sum(alone, [weights[:, i] for i in range(len(tokens))])  # (B, M)
        return self.head(self.dropout(fused)), 0.5 * alone + 0.5 * taken  # (B, classes), (B, M)
