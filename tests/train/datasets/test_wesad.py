"""WESAD as its authors ship it: pickles of Python 2, and the wrist's own export beside them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_files import python2_pickle, write_e4_zip

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets import Recording, open_dataset

SECONDS = 60
STATES = ((0, 10), (1, 20), (2, 20), (7, 10))
"""State and seconds: undefined, baseline, stress, ignore."""


def content(**chest: np.ndarray) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    axes = {"ECG": 1, "EDA": 1, "Resp": 1, "Temp": 1, "ACC": 3}
    parts = {name: rng.normal(size=(700 * SECONDS, n)).astype(np.float32) for name, n in axes.items()}
    wrist = {
        "BVP": np.round(rng.normal(0, 40, (64 * SECONDS, 1)), 2),
        "EDA": np.round(rng.uniform(1, 2, (4 * SECONDS, 1)), 2),
        "ACC": np.tile([0.0, 0.0, 64.0], (32 * SECONDS, 1)),
    }
    label = np.concatenate([np.full(700 * length, state, np.int32) for state, length in STATES])
    return {"subject": "S2", "signal": {"chest": parts | chest, "wrist": wrist}, "label": label}


def write(root: Path, value: dict[str, Any], pickled: bytes | None = None) -> Path:
    folder = root / "WESAD" / "S2"
    folder.mkdir(parents=True)
    (folder / "S2.pkl").write_bytes(pickled or python2_pickle(value))
    return folder


def signal(recording: Recording, modality: Modality) -> np.ndarray:
    return next(s.values for s in recording.signals if s.modality is modality)


@pytest.mark.parametrize("form", ["python2", "python3"])
def test_the_chest_begins_with_its_baseline(tmp_path: Path, form: str) -> None:
    value = content()
    write(tmp_path, value, pickle.dumps(value) if form == "python3" else None)
    dataset = open_dataset("wesad_chest", tmp_path)
    recording = dataset.load("S2")
    assert not dataset.info.weights_may_ship
    assert recording.person == "wesad_wrist/S2"
    spans = [(i.name, i.start_s, i.end_s) for i in recording.intervals]
    assert spans == [("baseline", 0.0, 20.0), ("stress", 20.0, 40.0)]
    ecg = value["signal"]["chest"]["ECG"][7000:, 0]
    np.testing.assert_array_equal(signal(recording, Modality.ECG), ecg)


def test_names_of_channels_may_differ_in_case(tmp_path: Path) -> None:
    value = content()
    chest = value["signal"]["chest"]
    value["signal"]["chest"] = {name.upper(): array for name, array in chest.items()}
    write(tmp_path, value)
    modalities = {s.modality for s in open_dataset("wesad_chest", tmp_path).load("S2").signals}
    assert modalities == {Modality.ECG, Modality.EDA, Modality.RESP, Modality.TEMP}


def test_missing_people_and_strangers_are_no_recordings(tmp_path: Path) -> None:
    folder = write(tmp_path, content())
    (folder.parent / "S12").mkdir()
    (folder.parent / "S3").mkdir()
    (folder.parent / "S3" / "S3_readme.txt").write_text("nothing else here")
    assert open_dataset("wesad_chest", tmp_path).names() == ("S2",)


def test_the_wrist_comes_from_the_pickle(tmp_path: Path) -> None:
    value = content()
    write(tmp_path, value)
    recording = open_dataset("wesad_wrist", tmp_path).load("S2")
    assert [i.name for i in recording.intervals] == ["baseline", "stress"]
    bvp = value["signal"]["wrist"]["BVP"][640:, 0]
    np.testing.assert_allclose(signal(recording, Modality.BVP), bvp, rtol=1e-6)
    assert np.all(signal(recording, Modality.ACC)[:, 2] == 1.0)


def test_the_wrists_own_clock_is_found_by_its_samples(tmp_path: Path) -> None:
    value = content()
    wrist = value["signal"]["wrist"]
    early_s, start = 20 * 60, 1.5e9
    rng = np.random.default_rng(1)
    bvp = np.concatenate([np.round(rng.normal(0, 40, 64 * early_s), 2), wrist["BVP"][:, 0]])
    eda = np.concatenate([np.round(rng.uniform(1, 2, 4 * early_s), 2), wrist["EDA"][:, 0]])
    files = {"BVP.csv": (start, 64.0, bvp), "EDA.csv": (start, 4.0, eda), "IBI.csv": (start, 1.0, eda[:3])}
    write_e4_zip(write(tmp_path, value) / "S2_E4_Data.zip", files)
    recording = open_dataset("wesad_wrist", tmp_path).load("S2")
    np.testing.assert_allclose(signal(recording, Modality.BVP), wrist["BVP"][640:, 0], rtol=1e-6)
    np.testing.assert_allclose(signal(recording, Modality.EDA), wrist["EDA"][40:, 0], rtol=1e-6)


def test_an_export_of_someone_else_is_refused(tmp_path: Path) -> None:
    other = np.zeros(64 * 100)
    write_e4_zip(
        write(tmp_path, content()) / "S2_E4_Data.zip",
        {"BVP.csv": (0.0, 64.0, other), "EDA.csv": (0.0, 4.0, other)},
    )
    with pytest.raises(RecordingError, match="one person"):
        open_dataset("wesad_wrist", tmp_path).load("S2")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"subject": "S2"}, "signal and label"),
        ({"signal": {"chest": {}}, "label": np.ones(700, np.int32)}, "lacks ECG"),
        ({"signal": {"chest": {}}, "label": np.zeros(700, np.int32)}, "no baseline"),
        ({"signal": {"chest": {}}, "label": np.zeros((2, 2), np.int32)}, "shape"),
    ],
)
def test_a_pickle_of_another_shape_is_refused(tmp_path: Path, value: dict[str, Any], message: str) -> None:
    write(tmp_path, value)
    with pytest.raises(RecordingError, match=message):
        open_dataset("wesad_chest", tmp_path).load("S2")
