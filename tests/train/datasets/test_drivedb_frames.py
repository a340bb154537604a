"""drivedb at its frame rate: beats laid out from a held heart rate, an overflowing recorder, breaks."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.datasets.signals import rr_from_held_rate
from edge_emotion_train.preparation.filters import design_signals
from edge_emotion_train.preparation.recordings import prepare

HEADER = "Elapsed time(s),ECG(mV),EMG(mV),foot GSR(mV),hand GSR(mV),HR(bpm),marker(mV),RESP(mV)"


def write_drive(root: Path, rate_bpm: np.ndarray, gsr: np.ndarray, header: str = HEADER) -> None:
    folder = root / "drivedb" / "frames_15hz"
    folder.mkdir(parents=True)
    zero = np.zeros(len(gsr))
    table = np.stack([np.arange(len(gsr)) / 15.5, zero, zero, zero, gsr, rate_bpm, zero, zero], axis=1)
    with gzip.open(folder / "drive09.csv.gz", "wt") as file:
        np.savetxt(file, table, delimiter=",", header=header, comments="", fmt="%.3f")


def held(intervals_s: np.ndarray) -> np.ndarray:
    """What a recorder shows: the rate of each interval, in whole beats a minute, from the beat that ends it to the next."""
    shown = np.round(60 / intervals_s)
    beats_s = np.cumsum(intervals_s)
    latest = np.searchsorted(beats_s, np.arange(0, beats_s[-1], 1 / 15.5), side="right") - 1
    return np.where(latest >= 0, shown[latest], 0.0)


def test_a_steady_rate_gives_steady_beats() -> None:
    beats = rr_from_held_rate(np.full(1550, 75.0), 15.5)
    assert np.isnan(beats.values[0])
    np.testing.assert_allclose(beats.values[1:], 800.0, rtol=1e-5)
    np.testing.assert_allclose(np.diff(beats.times_s[1:]), 0.8)
    assert len(beats.values) == pytest.approx(125, abs=1)


def test_the_intervals_of_a_heart_come_back() -> None:
    rng = np.random.default_rng(0)
    intervals_s = 0.8 + 0.08 * np.sin(np.arange(400) / 3) + rng.normal(0, 0.02, 400)
    beats = rr_from_held_rate(held(intervals_s), 15.5)
    assert len(beats.values) == pytest.approx(400, abs=8)
    found = np.sqrt(np.nanmean(np.diff(beats.values[1:]) ** 2))
    assert found == pytest.approx(1000 * np.sqrt(np.mean(np.diff(intervals_s) ** 2)), rel=0.15)


def test_beats_break_off_where_there_is_no_rate() -> None:
    rate = np.full(1550, 60.0)
    rate[775:930] = 0
    beats = rr_from_held_rate(rate, 15.5)
    assert beats.times_s is not None
    first_after = int(np.searchsorted(beats.times_s, 60.0))
    assert np.isnan(beats.values[first_after])
    assert not ((beats.times_s > 50.1) & (beats.times_s < 60.0)).any()


def test_nothing_before_its_time_is_used() -> None:
    rate = held(np.full(100, 0.8) + 0.05 * np.sin(np.arange(100)))
    changed = rate.copy()
    changed[600:] = 120.0
    left, right = rr_from_held_rate(rate, 15.5), rr_from_held_rate(changed, 15.5)
    assert left.times_s is not None
    early = left.times_s < 600 / 15.5
    np.testing.assert_array_equal(left.values[early], right.values[: early.sum()])


def test_a_drive_without_the_phase_table_uses_the_known_minutes(tmp_path: Path) -> None:
    gsr = np.full(15500, 30.0)
    gsr[100:110] = 33.0 - 65.536
    write_drive(tmp_path, np.full(15500, 80.0), gsr)
    dataset = open_dataset("drivedb_frames", tmp_path)
    recording = dataset.load("drive09")
    eda = next(s for s in recording.signals if s.modality is Modality.EDA)
    assert dataset.names() == ("drive09",)
    assert (recording.name, recording.person) == ("drivedb_frames/drive09", "drivedb/drive09")
    assert eda.rate_hz == 15.5
    assert eda.values.max() == pytest.approx(33.0, abs=1e-3)
    assert [i.name for i in recording.intervals] == ["rest", "city", "highway", "city", "highway", "city"]


def test_windows_hold_the_recorders_rate(tmp_path: Path) -> None:
    write_drive(tmp_path, np.full(3100, 80.0), np.full(3100, 5.0))
    prepared = prepare(open_dataset("drivedb_frames", tmp_path).load("drive09"), design_signals())
    np.testing.assert_allclose(prepared.tensors["cardiac"][-1, 0], 80.0, atol=0.01)


def test_a_drive_without_a_heart_rate_is_refused(tmp_path: Path) -> None:
    write_drive(tmp_path, np.zeros(100), np.ones(100), HEADER.replace("HR(bpm)", "peak"))
    with pytest.raises(RecordingError, match=r"lacks HR\(bpm\)"):
        open_dataset("drivedb_frames", tmp_path).load("drive09")
