"""The network of paper 1: shapes, missing modalities, connections, folding, export."""

from __future__ import annotations

import copy

import pytest
import torch

from edge_emotion_train.models import Acmc, AcmcConfig, build_model
from edge_emotion_train.models.acmc import Direction
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
    return build_model(config(direction)).eval()


def batch(size: int = 3) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "cardiac": torch.randn(size, 4, 240, generator=generator),
        "eda": torch.randn(size, 4, 240, generator=generator),
        "cardiac_features": torch.randn(size, FEATURES[0], generator=generator),
        "eda_features": torch.randn(size, FEATURES[1], generator=generator),
        "present": torch.ones(size, 2),
    }


def test_shapes_and_size() -> None:
    model = network()
    logits, contributions = model(**batch())
    assert logits.shape == (3, 2)
    assert contributions.shape == (3, 2)
    assert model.parameter_count() <= 60_000
    torch.testing.assert_close(contributions.sum(1), torch.ones(3))


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_modality_says_nothing(missing: int) -> None:
    model, inputs = network(), batch()
    inputs["present"][:, missing] = 0.0
    logits, contributions = model(**inputs)
    name = ("cardiac", "eda")[missing]
    other, _ = model(
        **{**inputs, name: inputs[name] * 50.0, f"{name}_features": inputs[f"{name}_features"] - 9.0}
    )
    torch.testing.assert_close(logits, other)
    assert contributions[:, missing].abs().max() == 0.0
    assert contributions[:, 1 - missing].min() > 0.99


def test_nothing_present_stays_finite() -> None:
    logits, contributions = network()(**{**batch(), "present": torch.zeros(3, 2)})
    assert torch.isfinite(logits).all()
    assert contributions.abs().max() == 0.0


def test_every_parameter_learns() -> None:
    model = network().train()
    logits, _ = model(**batch(16))
    torch.autograd.backward(torch.nn.functional.cross_entropy(logits, torch.arange(16) % 2))
    without = [n for n, p in model.named_parameters() if p.grad is None or p.grad.abs().sum() == 0]
    # Batch normalisation takes the mean out again, so a convolution's own bias has no gradient.
    assert [n for n in without if not n.endswith("conv.bias")] == []


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


def test_folding_keeps_the_outputs() -> None:
    model = network().train()
    for _ in range(5):
        model(**batch(8))
    model.eval()
    folded = copy.deepcopy(model)
    folded.fold()
    torch.testing.assert_close(folded(**batch())[0], model(**batch())[0], atol=1e-5, rtol=1e-5)
    assert not any(isinstance(m, torch.nn.BatchNorm1d) for m in folded.modules())


def test_traces_with_torch_export() -> None:
    model, inputs = network(), batch(1)
    model.fold()
    traced = torch.export.export(model, (), kwargs=inputs).module()
    torch.testing.assert_close(traced(**inputs)[0], model(**inputs)[0])
