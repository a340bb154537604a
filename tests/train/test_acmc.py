"""The network of paper 1: who hears whom, and what the gate does."""

from __future__ import annotations

import pytest
import torch

from edge_emotion_train.models.acmc import Acmc, AcmcConfig, Connection, Direction
from edge_emotion_train.models.parts import StreamConfig

FEATURES = (10, 6)


def config(direction: Direction = "both") -> AcmcConfig:
    streams = tuple(
        StreamConfig(role=r, channels=4, features=n)
        for r, n in zip(("cardiac", "eda"), FEATURES, strict=True)
    )
    return AcmcConfig(streams=streams, direction=direction)


def network(direction: Direction = "both") -> Acmc:
    torch.manual_seed(0)
    return Acmc(config(direction)).eval()


def batch(size: int = 3) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "cardiac": torch.randn(size, 4, 240, generator=generator),
        "eda": torch.randn(size, 4, 240, generator=generator),
        "cardiac_features": torch.randn(size, FEATURES[0], generator=generator),
        "eda_features": torch.randn(size, FEATURES[1], generator=generator),
        "present": torch.ones(size, 2),
    }


def maps_of(model: Acmc, inputs: dict[str, torch.Tensor]) -> list[torch.Tensor]:
    masks = [inputs["present"][:, i : i + 1] for i in range(2)]
    return model._streams([inputs["cardiac"], inputs["eda"]], masks)


@pytest.mark.parametrize(
    ("direction", "cardiac_hears", "eda_hears"),
    [("off", False, False), ("forward", False, True), ("backward", True, False), ("both", True, True)],
)
def test_a_stream_hears_the_other_only_through_its_connection(
    direction: Direction, cardiac_hears: bool, eda_hears: bool
) -> None:
    model, inputs = network(direction), batch()
    base = maps_of(model, inputs)
    eda_moved = maps_of(model, {**inputs, "eda": inputs["eda"] + 1.0})
    cardiac_moved = maps_of(model, {**inputs, "cardiac": inputs["cardiac"] + 1.0})
    assert bool((base[0] - eda_moved[0]).abs().max() > 0) is cardiac_hears
    assert bool((base[1] - cardiac_moved[1]).abs().max() > 0) is eda_hears


def test_the_gate_weighs_what_is_shared() -> None:
    connection = Connection(4, "gate")
    target, source, present = torch.randn(2, 4, 6), torch.randn(2, 4, 6), torch.ones(2, 1)
    plain = Connection(4, "off")
    plain.project.load_state_dict(connection.project.state_dict())
    gate = connection(target, source, present) / plain(target, source, present)
    assert 0.0 < gate.min() < gate.max() < 1.0
    torch.testing.assert_close(plain(target, source, present), plain(-target, source, present))
