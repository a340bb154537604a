"""A run folder round-trips, and each missing or damaged piece is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from edge_emotion.bundle.manifest import ChannelScaling, DecisionSpec, NormalisationSpec, TrainingSpec
from edge_emotion.errors import InputError
from edge_emotion_train.models import AcmcConfig, build_model
from edge_emotion_train.models.parts import StreamConfig
from edge_emotion_train.preparation.filters import design_signals
from edge_emotion_train.runs.record import Run, RunRecord, WindowSet, load_run, save_run


def windows(count: int) -> WindowSet:
    random = np.random.default_rng(count)
    shapes = {"cardiac": (4, 240), "eda": (4, 240), "cardiac_features": (6,), "eda_features": (4,)}
    inputs = {n: random.normal(size=(count, *s)).astype(np.float32) for n, s in shapes.items()}
    inputs["present"] = np.ones((count, 2), np.float32)
    return WindowSet(
        inputs=inputs, labels=np.arange(count) % 2, people=np.array(["S01", "S02"] * (count // 2))
    )


def tiny_run() -> Run:
    streams = (
        StreamConfig(role="cardiac", channels=4, features=6),
        StreamConfig(role="eda", channels=4, features=4),
    )
    config = AcmcConfig(streams=streams)
    scaling = ChannelScaling(tensor="cardiac", mean=(70.0, 10.0), scale=(9.0, 8.0), within_scale=(5.0, 6.0))
    record = RunRecord(
        schema_version=1,
        recipe="test",
        model=config,
        labels=("rest", "stress"),
        roles=("cardiac", "eda"),
        signals=design_signals(),
        normalisation=NormalisationSpec(
            reference_s=300, minimum_good_share=0.5, prior_windows=10, limit=5, scaling=(scaling,)
        ),
        decision=DecisionSpec(
            temperature=1.2,
            smoothing_windows=3,
            minimum_probability=0.5,
            minimum_quality=0.3,
            unfamiliar_share=0.2,
        ),
        training=TrainingSpec(recipe="test", seed=0, git="", datasets=(), held_out=(), boards=()),
    )
    return Run(record=record, model=build_model(config).eval(), calibration=windows(4), heldout=windows(2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_run(tmp_path / "run", tiny_run())
    return tmp_path / "run"


def test_round_trip(folder: Path) -> None:
    torch.manual_seed(0)
    saved, loaded = tiny_run(), load_run(folder)
    assert loaded.record == saved.record
    inputs = {n: torch.from_numpy(v) for n, v in loaded.calibration.inputs.items()}
    torch.testing.assert_close(loaded.model(**inputs)[0], saved.model(**inputs)[0], atol=1e-5, rtol=1e-5)
    np.testing.assert_array_equal(loaded.heldout.people, saved.heldout.people)


def test_a_record_from_before_other_families_is_read(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    del record["pretraining"], record["model"]["attention"]
    for stream in record["model"]["streams"]:
        del stream["shape"], stream["padding"]
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert load_run(folder).record == tiny_run().record


@pytest.mark.parametrize("name", ["run.json", "model.safetensors", "calibration.npz", "heldout.npz"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=name):
        load_run(folder)


@pytest.mark.parametrize("name", ["run.json", "model.safetensors", "calibration.npz", "heldout.npz"])
@pytest.mark.parametrize("keep", [0, 40])
def test_a_truncated_file_is_named(folder: Path, name: str, keep: int) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:keep])
    with pytest.raises(InputError, match=name):
        load_run(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"schema_version": 1', b'"schema_version": 2', "upgrade"),
        (b'"recipe": "test",', b'"recipe": "test", "surprise": 1,', "surprise"),
        (b'"token_width": 32', b'"token_width": 16', "does not fit"),
    ],
)
def test_a_record_that_does_not_belong_is_refused(folder: Path, old: bytes, new: bytes, message: str) -> None:
    raw = (folder / "run.json").read_bytes()
    (folder / "run.json").write_bytes(raw.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        load_run(folder)
