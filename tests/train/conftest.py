"""Made-up people: a heart that beats faster and skin that sweats more in the tasks, written as stress_predict npz."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_emotion_train.recipe import Recipe, load_recipe

BVP_HZ, EDA_HZ = 64.0, 4.0
DURATION_S = 300.0
TASKS_S = ((80.0, 130.0), (170.0, 220.0), (240.0, 270.0))

RECIPE = """
name = "tiny"
labels = ["rest", "stress"]
seed = 0
calibration_windows = 12
held_out = ["stress_predict/S04"]
[signals]
window_s = 20.0
hop_s = 5.0
grid_hz = 4.0
[reference]
reference_s = 40.0
minimum_good_share = 0.3
prior_windows = 4.0
limit = 5.0
[decision]
smoothing_windows = 1
minimum_probability = 0.5
minimum_quality = 0.1
unfamiliar_share = 0.5
[model]
family = "acmc"
steps = 80
widths = [4, 4]
strides = [4, 2]
kernels = [5, 3]
connected = [0, 1]
[[model.streams]]
role = "cardiac"
channels = 4
features = 44
[[model.streams]]
role = "eda"
channels = 4
features = 48
[training]
epochs = 8
patience = 8
inner_folds = 2
stride = 1
batch_size = 16
learning_rate = 0.02
weight_decay = 0.01
label_smoothing = 0.0
modality_dropout = 0.1
noise = 0.1
gain = 0.1
average_decay = 0.8
[[datasets]]
name = "stress_predict"
use = "train"
rules = [
  { interval = "rest", label = "rest" },
  { interval = "stroop", label = "stress" },
  { interval = "interview", label = "stress" },
  { interval = "hyperventilation", label = "stress" },
]
"""


def in_task(times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.any([(times_s >= start) & (times_s < end) for start, end in TASKS_S], axis=0))


def write_person(folder: Path, name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    bvp_s = np.arange(int(DURATION_S * BVP_HZ)) / BVP_HZ
    rate_hz = np.where(in_task(bvp_s), 1.6, 1.05) + 0.02 * seed + 0.03 * np.sin(2 * np.pi * 0.2 * bvp_s)
    phase = np.cumsum(rate_hz) / BVP_HZ
    pulse = np.exp(3.0 * np.cos(2 * np.pi * phase)) * 5.0 + random.normal(0, 0.3, len(bvp_s))
    eda_s = np.arange(int(DURATION_S * EDA_HZ)) / EDA_HZ
    bumps = np.maximum(0.0, np.sin(2 * np.pi * eda_s / 8.0)) * np.where(in_task(eda_s), 0.4, 0.02)
    eda = 2.0 + 0.1 * seed + bumps + random.normal(0, 0.002, len(eda_s))
    np.savez(
        folder / f"{name}.npz",
        bvp=pulse.astype(np.float32),
        bvp_fs=BVP_HZ,
        eda=eda.astype(np.float32),
        eda_fs=EDA_HZ,
        eda_start=0.0,
        stress_intervals=np.array(TASKS_S),
        duration_s=DURATION_S,
    )


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four made-up people."""
    root = tmp_path_factory.mktemp("data")
    (root / "stress_predict").mkdir()
    for number in range(1, 5):
        write_person(root / "stress_predict", f"S0{number}", number)
    return root


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def recipe(recipe_file: Path) -> Recipe:
    return load_recipe(str(recipe_file))
