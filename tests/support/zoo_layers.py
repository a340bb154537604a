"""The layers of the zoo: what the families are made of, by their own classes, and what their users may add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edge_emotion_train.models.acmc import Connection
from edge_emotion_train.models.maan import Excitation, MaanConfig, ModalityAttention, stretched
from edge_emotion_train.models.me_mhacl import HeadAttention
from edge_emotion_train.models.parts import StreamConfig, Unit, masks_of, over, shares, weighted_sum

STREAMS = tuple(StreamConfig(role=r, channels=4, features=0) for r in ("cardiac", "eda"))


class Convolutions(nn.Module):
    """Every stride, kernel and form of convolution that a recipe has; normalisation folded as export folds it."""

    def __init__(self) -> None:
        super().__init__()
        units = {
            "kernel9_stride4": Unit(4, 8, 9, stride=4),
            "kernel5_stride2": Unit(4, 8, 5, stride=2),
            "kernel5_stride1": Unit(4, 8, 5),
            "separable_stride4": Unit(4, 8, 9, stride=4, convolution="separable"),
            "separable_stride2": Unit(4, 8, 5, stride=2, convolution="separable"),
            "separable_stride1": Unit(4, 8, 5, convolution="separable"),
        }
        plain = {
            "pointwise": nn.Conv1d(4, 8, 1),
            "dilated2": nn.Conv1d(4, 8, 3, padding=2, dilation=2),
            "dilated4": nn.Conv1d(4, 8, 3, padding=4, dilation=4),
            "depthwise": nn.Conv1d(4, 4, 5, padding=2, groups=4),
            "grouped": nn.Conv1d(4, 8, 3, padding=1, groups=2),
        }
        self.layers = nn.ModuleDict({**units, **plain})

    def forward(self, series: Tensor) -> tuple[Tensor, ...]:
        return tuple(layer(series) for layer in self.layers.values())


class Maps(nn.Module):
    """The same over electrodes and time."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "map_stride2": Unit(4, 8, 3, stride=2, axes=2),
                "map_separable": Unit(4, 8, 3, axes=2, convolution="separable"),
                "map_excitation": Excitation(4, 2, 2),
            }
        )

    def forward(self, maps: Tensor) -> tuple[Tensor, ...]:
        return tuple(layer(maps) for layer in self.layers.values())


class Pointwise(nn.Module):
    """Activations and normalisations, each behind a linear layer: alone they would have no weights to quantise."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "relu": nn.Sequential(nn.Linear(16, 16), nn.ReLU()),
                "gelu": nn.Sequential(nn.Linear(16, 16), nn.GELU()),
                "hard_swish": nn.Sequential(nn.Linear(16, 16), nn.Hardswish()),
                "sigmoid": nn.Sequential(nn.Linear(16, 16), nn.Sigmoid()),
                "tanh": nn.Sequential(nn.Linear(16, 16), nn.Tanh()),
                "softmax": nn.Sequential(nn.Linear(16, 16), nn.Softmax(dim=-1)),
                "layer_norm": nn.Sequential(nn.Linear(16, 16), nn.LayerNorm(16)),
                "silent_relu": nn.Sequential(nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 16)),
            }
        )
        # Never above zero: its range on calibration windows is nothing, which once ended LiteRT's process.
        nn.init.constant_(self.layers["silent_relu"][0].bias, -100)

    def forward(self, tokens: Tensor) -> tuple[Tensor, ...]:
        return tuple(layer(tokens) for layer in self.layers.values())


class Fusion(nn.Module):
    """What joins modalities: gates, masks, attention, squeeze-and-excitation, a U-Net's way up."""

    def __init__(self) -> None:
        super().__init__()
        config = MaanConfig(streams=STREAMS, widths=(8, 12), descriptor_width=8)
        self.gate = Connection(8, "gate")
        self.excitation = Excitation(8, 2, 1)
        self.attention = HeadAttention(16, 4)
        self.between = ModalityAttention(config)
        self.up = Unit(16, 8, 5)
        self.token, self.score = nn.Linear(8, 16), nn.Linear(16, 1, bias=False)

    def forward(self, first: Tensor, second: Tensor, present: Tensor) -> tuple[Tensor, ...]:
        masks = masks_of(present)
        maps = [m * over(p, m) for m, p in zip((first, second), masks, strict=True)]
        tokens = [self.token(m.mean(dim=2)) * p for m, p in zip(maps, masks, strict=True)]
        attended, weights = self.attention(torch.stack(tokens, dim=1), present)
        contributions = shares(torch.cat([self.score(t) for t in tokens], dim=1), present)
        return (
            self.gate(first, second, masks[1]),
            self.excitation(first),
            *self.between(maps),
            self.up(torch.cat([stretched(first[:, :, ::2], second), second], dim=1)),
            attended,
            weights,
            contributions,
            weighted_sum(contributions, tokens),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One graph of the zoo: a network whose outputs are its layers' outputs, by name."""

    model: nn.Module
    shapes: Mapping[str, tuple[int, ...]]
    outputs: tuple[str, ...]


def exhibits() -> dict[str, Exhibit]:
    """All graphs, with random weights, normalisation that has seen data, and folded."""
    torch.manual_seed(0)
    convolutions, maps, pointwise = Convolutions(), Maps(), Pointwise()
    made = {
        "convolutions": Exhibit(
            model=convolutions, shapes={"series": (1, 4, 48)}, outputs=tuple(convolutions.layers)
        ),
        "maps": Exhibit(model=maps, shapes={"maps": (1, 4, 6, 8)}, outputs=tuple(maps.layers)),
        "pointwise": Exhibit(model=pointwise, shapes={"tokens": (1, 4, 16)}, outputs=tuple(pointwise.layers)),
        "fusion": Exhibit(
            model=Fusion(),
            shapes={"first": (1, 8, 24), "second": (1, 8, 24), "present": (1, 2)},
            outputs=(
                "gate",
                "excitation",
                "modality_attention_first",
                "modality_attention_second",
                "up",
                "attention",
                "attention_weights",
                "shares",
                "weighted",
            ),
        ),
    }
    for exhibit in made.values():
        _seen(exhibit)
    return made


def _seen(exhibit: Exhibit) -> None:
    """Gives batch normalisation running figures of its own, then folds it as export does."""
    exhibit.model.train()
    with torch.no_grad():
        for _ in range(20):
            exhibit.model(**{n: 2 * torch.randn(8, *shape[1:]) for n, shape in exhibit.shapes.items()})
    exhibit.model.eval()
    for module in exhibit.model.modules():
        if isinstance(module, Unit):
            module.fold()
