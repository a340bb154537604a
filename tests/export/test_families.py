"""Every family, trained for a step, says the same in torch, ONNX and TFLite, with all modalities and with one missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from edge_emotion.bundle.manifest import InputSpec
from edge_emotion.engines.opening import open_model
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.ladder import Rung
from edge_emotion_export.network.complexity import count_macs
from edge_emotion_export.network.layout import Flat
from edge_emotion_export.onnx.converting import convert_to_onnx
from edge_emotion_export.onnx.quantising import quantise_onnx
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.proof.arithmetic import int8_weight_share
from edge_emotion_export.tflite.converting import convert_to_tflite
from edge_emotion_export.tflite.quantising import quantise_tflite
from edge_emotion_train.models import (
    FusionModel,
    MaanConfig,
    MeMhaclConfig,
    ModelConfig,
    StreamConfig,
    build_model,
)

WEARABLE = tuple(StreamConfig(role=r, channels=4, features=5) for r in ("cardiac", "eda"))
RR_AND_EEG = (
    StreamConfig(role="cardiac", channels=1, features=0, shape=(8,), padding="masked"),
    StreamConfig(role="eeg", channels=4, features=0, shape=(5, 4)),
)
SMALL: dict[str, Any] = {
    "steps": 24,
    "widths": (4, 6),
    "strides": (4, 2),
    "kernels": (5, 3),
    "token_width": 8,
}
FOUR = (
    *WEARABLE,
    StreamConfig(role="respiration", channels=1, features=0),
    StreamConfig(role="temperature", channels=1, features=0, shape=(6,)),
)
CONFIGS: dict[str, ModelConfig] = {
    "maan": MaanConfig(streams=WEARABLE, steps=24, widths=(4, 6)),
    "maan-eeg": MaanConfig(streams=RR_AND_EEG, widths=(4, 6), convolution="full"),
    "maan-four": MaanConfig(streams=FOUR, steps=24, widths=(4, 6)),
    "me_mhacl": MeMhaclConfig(streams=WEARABLE, **SMALL),
    "me_mhacl-eeg": MeMhaclConfig(streams=RR_AND_EEG, **SMALL),
    "me_mhacl-four": MeMhaclConfig(streams=FOUR, **SMALL),
}


def trained(config: ModelConfig) -> FusionModel:
    torch.manual_seed(0)
    model = build_model(config)
    inputs = {i.name: torch.randn(16, *i.shape) for i in model.inputs}
    inputs["present"] = torch.ones(16, len(config.streams))
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    loss = torch.nn.functional.cross_entropy(model(**inputs)[0], torch.arange(16) % 2)
    torch.autograd.backward(loss)
    optimiser.step()
    model.eval()
    model.fold()
    return model


def rows(model: FusionModel, count: int) -> list[Row]:
    random = np.random.default_rng(1)
    made = [
        {i.name: random.normal(size=(1, *i.shape)).astype(np.float32) for i in model.inputs}
        for _ in range(count)
    ]
    for number, row in enumerate(made):
        row["present"] = np.ones_like(row["present"])
        row["present"][:, 1:] = number % 2
        if "cardiac_mask" in row:
            row["cardiac_mask"] = (np.arange(8) < 6).astype(np.float32).reshape(1, 1, 8)
    return made


def check(artefact: Artefact, model: FusionModel, windows: list[Row]) -> None:
    specs = tuple(InputSpec(name=n, role="", shape=v.shape, meaning="") for n, v in windows[0].items())
    engine = open_model(artefact.content, describe(artefact, windows[0]), specs)
    for window in windows:
        found = engine.run(window)
        logits, contributions = model(**{n: torch.from_numpy(v) for n, v in window.items()})
        np.testing.assert_allclose(found["logits"], logits.detach().numpy(), atol=1e-5)
        np.testing.assert_allclose(found["contributions"], contributions.detach().numpy(), atol=1e-5)


def check_int8(artefact: Artefact, model: FusionModel, windows: list[Row]) -> None:
    """That weights are int8, and that logits move by little of what they tell."""
    inputs = {n: torch.from_numpy(np.concatenate([w[n] for w in windows])) for n in windows[0]}
    truth = model(**inputs)[0].detach().numpy()
    specs = tuple(InputSpec(name=n, role="", shape=v.shape, meaning="") for n, v in windows[0].items())
    engine = open_model(artefact.content, describe(artefact, windows[0]), specs)
    found = np.concatenate([engine.run(window)["logits"] for window in windows])
    assert int8_weight_share(artefact) > 0.95
    assert np.abs(found - truth).mean() < 0.05 * np.ptp(truth)


@pytest.mark.parametrize("name", CONFIGS)
def test_converted_files_say_what_the_network_says(name: str) -> None:
    """The wearable forms' int8 is proved by the gates of every export; that of maps and of four modalities here."""
    model = trained(CONFIGS[name])
    windows = rows(model, 32)
    for convert, quantise in ((convert_to_onnx, quantise_onnx), (convert_to_tflite, quantise_tflite)):
        source = convert(Flat(model).eval(), windows[0])
        check(source, model, windows[:4])
        if "-" in name:
            check_int8(quantise(source, windows, Rung.STATIC), model, windows)


def test_convolutions_over_maps_are_counted() -> None:
    layer = torch.nn.Conv2d(3, 8, 3, padding=1, groups=1)

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, eeg: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.layer(eeg))

    assert count_macs(Model(), {"eeg": np.zeros((1, 3, 5, 4), np.float32)}) == 8 * 5 * 4 * 3 * 9
