"""What every family promises, for each kind of input it may get: shapes, missing modalities, folding, size."""

from __future__ import annotations

import copy

import msgspec
import pytest
import torch

from edge_emotion.errors import UsageError
from edge_emotion_train.models import (
    AcmcConfig,
    FusionModel,
    MaanConfig,
    MeMhaclConfig,
    ModelConfig,
    StreamConfig,
    build_model,
    family_of,
)
from edge_emotion_train.models.parts import Unit
from edge_emotion_train.recipe import load_recipe

WEARABLE = (
    StreamConfig(role="cardiac", channels=4, features=10),
    StreamConfig(role="eda", channels=4, features=6),
)
FOUR = (*WEARABLE, *(StreamConfig(role=r, channels=2, features=0) for r in ("resp", "temp")))
RR_AND_EEG = (
    StreamConfig(role="cardiac", channels=1, features=0, shape=(40,), padding="masked"),
    StreamConfig(role="eeg", channels=4, features=0, shape=(14, 10)),
)
CONFIGS: dict[str, ModelConfig] = {
    "acmc": AcmcConfig(streams=WEARABLE),
    "acmc-shared": AcmcConfig(streams=WEARABLE, attention="off"),
    "acmc-four": AcmcConfig(streams=FOUR, connected=(1,)),
    "maan": MaanConfig(streams=WEARABLE),
    "maan-off": MaanConfig(streams=WEARABLE, attention="off"),
    "maan-eeg": MaanConfig(streams=RR_AND_EEG, convolution="full"),
    "maan-four": MaanConfig(streams=FOUR),
    "me_mhacl": MeMhaclConfig(streams=WEARABLE),
    "me_mhacl-off": MeMhaclConfig(streams=WEARABLE, attention="off"),
    "me_mhacl-eeg": MeMhaclConfig(streams=RR_AND_EEG),
    "me_mhacl-four": MeMhaclConfig(streams=FOUR, classes=3),
}
every = pytest.mark.parametrize("name", CONFIGS)


def network(name: str) -> FusionModel:
    torch.manual_seed(0)
    return build_model(CONFIGS[name]).eval()


def batch(model: FusionModel, size: int = 3) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    inputs = {i.name: torch.randn(size, *i.shape, generator=generator) for i in model.inputs}
    return {n: torch.ones_like(v) if n == "present" or n.endswith("_mask") else v for n, v in inputs.items()}


@every
def test_shapes_and_shares(name: str) -> None:
    model = network(name)
    logits, contributions = model(**batch(model))
    assert logits.shape == (3, CONFIGS[name].classes)
    assert contributions.shape == (3, len(model.streams))
    torch.testing.assert_close(contributions.sum(1), torch.ones(3))


@every
def test_a_missing_modality_says_nothing(name: str) -> None:
    model = network(name)
    for index, stream in enumerate(model.streams):
        inputs = batch(model)
        inputs["present"][:, index] = 0.0
        logits, contributions = model(**inputs)
        mine = [n for n in inputs if n.split("_")[0] == stream.role]
        other, _ = model(**{**inputs, **{n: inputs[n] * 50.0 + 3.0 for n in mine}})
        torch.testing.assert_close(logits, other)
        assert contributions[:, index].abs().max() == 0.0
        torch.testing.assert_close(contributions.sum(1), torch.ones(3), atol=2e-3, rtol=0)


@every
def test_nothing_present_stays_finite(name: str) -> None:
    model = network(name)
    inputs = batch(model)
    logits, contributions = model(**{**inputs, "present": torch.zeros_like(inputs["present"])})
    assert torch.isfinite(logits).all()
    assert contributions.abs().max() == 0.0


@every
def test_every_parameter_learns(name: str) -> None:
    model = network(name).train()
    logits, _ = model(**batch(model, 16))
    torch.autograd.backward(torch.nn.functional.cross_entropy(logits, torch.arange(16) % 2))
    without = [n for n, p in model.named_parameters() if p.grad is None or p.grad.abs().sum() == 0]
    # Batch normalisation takes the mean out again, so a convolution's own bias has no gradient.
    assert [n for n in without if not n.endswith("conv.bias")] == []


@every
def test_folding_keeps_the_outputs(name: str) -> None:
    model = network(name).train()
    for _ in range(5):
        model(**batch(model, 8))
    model.eval()
    folded = copy.deepcopy(model)
    folded.fold()
    for one, other in zip(folded(**batch(model)), model(**batch(model)), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
    assert not any(isinstance(m, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d) for m in folded.modules())


@every
def test_a_configuration_finds_its_family_again(name: str) -> None:
    config = CONFIGS[name]
    read = msgspec.json.decode(msgspec.json.encode(config), type=ModelConfig)
    assert read == config
    assert family_of(read) == name.split("-")[0]


@pytest.mark.parametrize("name", ["acmc", "maan-eeg", "me_mhacl"])
def test_traces_with_torch_export(name: str) -> None:
    model = network(name)
    model.fold()
    inputs = batch(model, 1)
    traced = torch.export.export(model, (), kwargs=inputs).module()
    torch.testing.assert_close(traced(**inputs)[0], model(**inputs)[0])


@pytest.mark.parametrize("family", ["acmc", "maan", "me_mhacl"])
def test_recipes_are_full_and_lite(family: str) -> None:
    lite, full = (build_model(load_recipe(n).model) for n in (f"{family}_lite", family))
    assert type(lite) is type(full)
    assert lite.parameter_count() <= 60_000 < full.parameter_count() <= 1_000_000


def test_declared_inputs_are_what_a_window_gives() -> None:
    names = [i.name for i in network("acmc").inputs]
    assert names == ["cardiac", "eda", "cardiac_features", "eda_features", "present"]
    names = [i.name for i in network("maan-eeg").inputs]
    assert names == ["cardiac", "eeg", "cardiac_mask", "present"]


def test_a_separable_unit_is_a_convolution_of_the_same_reach() -> None:
    full, split = (Unit(16, 32, 5, stride=2, convolution=c) for c in ("full", "separable"))
    maps = torch.randn(2, 16, 30)
    assert full(maps).shape == split(maps).shape == (2, 32, 15)
    assert sum(p.numel() for p in split.parameters()) < sum(p.numel() for p in full.parameters()) / 3


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (AcmcConfig(streams=RR_AND_EEG), "one time axis"),
        (AcmcConfig(streams=WEARABLE, connected=(3,)), "stages 0 to 2"),
        (MeMhaclConfig(streams=WEARABLE, heads=5), "do not divide"),
    ],
)
def test_a_contradiction_is_refused(config: ModelConfig, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build_model(config)
