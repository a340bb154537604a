"""Loaders on files in the true formats, and the purity rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.types import Modality
from edge_emotion_train.datasets import Interval, open_dataset
from edge_emotion_train.preparation.labelling import UNLABELLED, label_windows


def test_stress_predict_fills_the_rest(data: Path) -> None:
    recording = open_dataset("stress_predict", data).load("S01")
    assert [i.name for i in recording.intervals] == [
        "rest",
        "stroop",
        "rest",
        "interview",
        "rest",
        "hyperventilation",
        "rest",
    ]
    assert recording.intervals[0].end_s == recording.intervals[1].start_s == 80.0
    assert recording.intervals[-1].end_s == 300.0
    assert {s.modality: s.rate_hz for s in recording.signals} == {Modality.BVP: 64.0, Modality.EDA: 4.0}


def write_wesad(root: Path, intervals: list[list[float]], **motion: object) -> None:
    folder = root / "wesad_wrist_e4"
    folder.mkdir()
    bvp, eda = np.arange(64 * 100, dtype=np.float32), np.arange(4 * 100, dtype=np.float32)
    arrays: dict[str, Any] = {"bvp": bvp, "bvp_fs": 64.0, "eda": eda, "eda_fs": 4.0, **motion}
    np.savez(folder / "S2.npz", intervals=np.array(intervals), **arrays)


def test_wesad_begins_with_its_baseline_and_may_not_be_shipped(tmp_path: Path) -> None:
    write_wesad(tmp_path, [[10.1, 40.0, 1], [50.0, 70.0, 2]])
    dataset = open_dataset("wesad_wrist", tmp_path)
    recording = dataset.load("S2")
    assert not dataset.info.weights_may_ship
    assert [i.name for i in recording.intervals] == ["baseline", "stress"]
    assert recording.intervals[0].start_s == 0.0
    for signal in recording.signals:
        # The arrays count their own samples: the first kept one lies where its number says.
        assert float(signal.values[0]) / signal.rate_hz == pytest.approx(10.1 + signal.start_s)


def test_the_wrists_acceleration_is_read_in_g(tmp_path: Path) -> None:
    write_wesad(
        tmp_path, [[10.0, 40.0, 1], [50.0, 70.0, 2]], acc=np.full((3200, 3), 32, np.int8), acc_fs=32.0
    )
    acc = open_dataset("wesad_wrist", tmp_path).load("S2").signals[2]
    assert (acc.modality, acc.rate_hz, acc.values.shape) == (Modality.ACC, 32.0, (2880, 3))
    assert np.all(acc.values == 0.5)


def test_wesad_without_a_baseline_is_refused(tmp_path: Path) -> None:
    write_wesad(tmp_path, [[50.0, 70.0, 2]])
    with pytest.raises(RecordingError, match="baseline"):
        open_dataset("wesad_wrist", tmp_path).load("S2")


def write_drive(root: Path, row: str) -> Path:
    folder = root / "drivedb"
    folder.mkdir()
    ecg, gsr = np.sin(np.arange(640) / 5.0), np.linspace(1.0, 2.0, 640)
    wfdb.wrsamp(
        "drive05",
        fs=16,
        units=["mV", "mV"],
        sig_name=["ECG", "hand GSR"],
        p_signal=np.stack([ecg, gsr], axis=1),
        fmt=["16", "16"],
        write_dir=str(folder),
    )
    header = "Drive No,Initial Rest,City 1,Highway,City 2,Highway 2,City 3,Final Rest,Total rec. time(min)\n"
    (folder / "time_intervals.csv").write_text(header + row, encoding="utf-8")
    return root


def test_drivedb_reads_phases_in_order(tmp_path: Path) -> None:
    dataset = open_dataset(
        "drivedb", write_drive(tmp_path, "Drive05,1,2,3,1,1,1,NaN,9\nDrive06,1,1,1,1,1,1,1,7\n")
    )
    recording = dataset.load("drive05")
    assert dataset.names() == ("drive05",)
    assert [i.name for i in recording.intervals] == ["rest", "city", "highway", "city", "highway", "city"]
    assert (recording.intervals[1].start_s, recording.intervals[1].end_s) == (60.0, 180.0)
    assert [s.modality for s in recording.signals] == [Modality.ECG, Modality.EDA]
    np.testing.assert_allclose(recording.signals[1].values, np.linspace(1.0, 2.0, 640), atol=1e-3)


def test_drivedb_with_text_for_minutes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="minutes"):
        open_dataset("drivedb", write_drive(tmp_path, "Drive05,1,two,3,1,1,1,1,9\n"))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip"])
def test_a_damaged_recording_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "stress_predict").mkdir()
    (tmp_path / "stress_predict" / "S01.npz").write_bytes(damage)
    with pytest.raises(RecordingError, match=r"S01\.npz"):
        open_dataset("stress_predict", tmp_path).load("S01")


def test_an_absent_or_unknown_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="--data"):
        open_dataset("drivedb", tmp_path)
    with pytest.raises(UsageError, match="known: stress_predict"):
        open_dataset("nobody", tmp_path)


@pytest.mark.parametrize(
    ("start_s", "label"),
    [(0.0, 0), (46.0, 0), (47.0, UNLABELLED), (93.0, UNLABELLED), (94.0, 1), (150.0, UNLABELLED)],
)
def test_a_window_needs_nine_tenths_of_one_class(start_s: float, label: int) -> None:
    intervals = (
        Interval(start_s=0.0, end_s=100.0, name="quiet"),
        Interval(start_s=100.0, end_s=160.0, name="task"),
        Interval(start_s=160.0, end_s=300.0, name="between"),
    )
    start = np.array([start_s])
    result = label_windows(
        start, start + 60.0, intervals, {"quiet": "rest", "task": "stress"}, ("rest", "stress")
    )
    assert result.tolist() == [label]
