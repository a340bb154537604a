"""Every family, trained for a step, says the same in torch, ONNX and TFLite, with all modalities and with one missing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from edge_emotion.bundle.manifest import InputSpec
from edge_emotion.engines.opening import open_model
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.network.complexity import count_macs
from edge_emotion_export.onnx.converting import convert_to_onnx
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.tflite.converting import convert_to_tflite
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
CONFIGS: dict[str, ModelConfig] = {
    "maan": MaanConfig(streams=WEARABLE, steps=24, widths=(4, 6)),
    "maan-eeg": MaanConfig(streams=RR_AND_EEG, widths=(4, 6), convolution="full"),
    "me_mhacl": MeMhaclConfig(
        streams=WEARABLE, steps=24, widths=(4, 6), strides=(4, 2), kernels=(5, 3), token_width=8
    ),
}


def trained(config: ModelConfig) -> FusionModel:
    torch.manual_seed(0)
    model = build_model(config)
    inputs = {i.name: torch.randn(16, *i.shape) for i in model.inputs} | {"present": torch.ones(16, 2)}
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
        row["present"] = np.array([[1.0, float(number % 2)]], np.float32)
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


@pytest.mark.parametrize("name", CONFIGS)
def test_converted_files_say_what_the_network_says(name: str) -> None:
    model = trained(CONFIGS[name])
    windows = rows(model, 4)
    check(convert_to_onnx(model, windows[0]), model, windows)
    if name != "maan-eeg":  # a map of electrodes comes from no wearable board: one format is proof enough
        check(convert_to_tflite(model, windows[0]), model, windows)


def test_convolutions_over_maps_are_counted() -> None:
    layer = torch.nn.Conv2d(3, 8, 3, padding=1, groups=1)

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, eeg: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.layer(eeg))

    assert count_macs(Model(), {"eeg": np.zeros((1, 3, 5, 4), np.float32)}) == 8 * 5 * 4 * 3 * 9
