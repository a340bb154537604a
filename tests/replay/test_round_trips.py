from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb
from edfio import Edf, EdfAnnotation, EdfSignal

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.csv_table import write_csv
from edge_emotion.sources.replay.npz import write_npz
from edge_emotion.sources.replay.opening import open_recording
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.sources.replay.recording import Recording, Signal
from edge_emotion.types import Modality


def test_npz_is_exact(tmp_path: Path, recording: Recording):
    write_npz(tmp_path / "session.npz", recording, {"beat_time_s": np.arange(3.0)})
    read = open_recording(tmp_path / "session.npz")
    assert read.name == recording.name
    assert read.intervals == recording.intervals
    for modality in (Modality.ECG, Modality.EDA, Modality.RR):
        assert np.array_equal(read.signal(modality).values, recording.signal(modality).values)
        assert read.signal(modality).rate_hz == recording.signal(modality).rate_hz


def test_csv_keeps_rates_values_and_phases(tmp_path: Path, recording: Recording):
    write_csv(tmp_path / "session.csv", recording)
    read = open_recording(tmp_path / "session.csv")
    for modality in (Modality.ECG, Modality.EDA, Modality.RR):
        before, after = recording.signal(modality), read.signal(modality)
        assert after.rate_hz == before.rate_hz
        assert np.allclose(after.values, before.values, rtol=1e-5)
    assert [i.label for i in read.intervals] == ["rest", "stress"]
    assert read.intervals[1].start_s == pytest.approx(12, abs=0.01)


def test_acceleration_survives_the_own_layout(tmp_path: Path):
    acc_g = np.random.default_rng(0).normal(0, 1, (64, 3)).astype(np.float32)
    signal = Signal(modality=Modality.ACC, rate_hz=32.0, start_s=1.5, values=acc_g)
    write_npz(tmp_path / "a.npz", Recording(name="a", signals=(signal,)))
    read = open_recording(tmp_path / "a.npz").signal(Modality.ACC)
    assert (read.rate_hz, read.start_s) == (32.0, 1.5)
    np.testing.assert_array_equal(read.values, acc_g)


def wrist() -> Recording:
    """A pulse wave with an accelerometer beside it."""
    rng = np.random.default_rng(1)
    bvp = Signal(
        modality=Modality.BVP, rate_hz=64.0, start_s=0.0, values=rng.normal(0, 1, 640).astype(np.float32)
    )
    acc_g = np.round(rng.normal(0, 1, (320, 3)), 3).astype(np.float32)
    acc = Signal(modality=Modality.ACC, rate_hz=32.0, start_s=0.0, values=acc_g)
    return Recording(name="wrist", signals=(bvp, acc))


def test_acceleration_survives_a_table(tmp_path: Path):
    write_csv(tmp_path / "wrist.csv", wrist())
    read = open_recording(tmp_path / "wrist.csv").signal(Modality.ACC)
    assert (read.rate_hz, read.start_s) == (32.0, 0.0)
    np.testing.assert_allclose(read.values, wrist().signal(Modality.ACC).values, rtol=1e-5)


def test_acceleration_is_read_from_edf_in_g(tmp_path: Path):
    bvp, acc = wrist().signals
    channels = [EdfSignal(bvp.values.astype(np.float64), 64.0, label="BVP")]
    for axis, values in zip("XYZ", acc.values.T * 1000, strict=True):
        channels.append(
            EdfSignal(values.astype(np.float64), 32.0, label=f"ACC {axis}", physical_dimension="mg")
        )
    Edf(channels).write(tmp_path / "wrist.edf")
    read = open_recording(tmp_path / "wrist.edf").signal(Modality.ACC)
    assert read.rate_hz == 32.0
    np.testing.assert_allclose(read.values, acc.values, atol=1e-3)


def test_axes_sampled_apart_are_refused(tmp_path: Path):
    rows = "".join(f"{i / 32},{i},{i},{i if i % 2 else ''}\n" for i in range(64))
    (tmp_path / "a.csv").write_text("time_s,bvp,acc_x_g,acc_y_g\n" + rows)
    with pytest.raises(RecordingError, match="axes of the acceleration differ"):
        open_recording(tmp_path / "a.csv")


def test_empatica_layout(tmp_path: Path):
    path = tmp_path / "S1.npz"
    np.savez(
        path,
        bvp=np.zeros(640),
        bvp_fs=64.0,
        eda=np.ones(40, np.float32),
        eda_fs=4.0,
        acc=np.full((320, 3), 64, np.int8),
        acc_fs=32.0,
        ibi=np.array([[1.0, 0.8], [1.9, 0.9]]),
        intervals=np.array([[1.0, 4.0, 1], [5.0, 9.0, 2], [9.0, 10.0, 7]]),
    )
    read = open_recording(path)
    assert [(s.modality, s.rate_hz) for s in read.signals] == [
        ("bvp", 64),
        ("eda", 4),
        ("acc", 32),
        ("rr", None),
    ]
    assert read.signal(Modality.ACC).values.shape == (320, 3)
    assert np.all(read.signal(Modality.ACC).values == 1.0)
    assert read.signal(Modality.RR).values.tolist() == pytest.approx([800, 900])
    assert [i.label for i in read.intervals] == ["baseline", "stress", "label 7"]


def test_edf_converts_units_and_reads_annotations(tmp_path: Path, recording: Recording):
    ecg, eda = recording.signal(Modality.ECG), recording.signal(Modality.EDA)
    Edf(
        [
            EdfSignal(np.float64(ecg.values) * 1000, 130, label="ECG chest", physical_dimension="uV"),
            EdfSignal(np.float64(eda.values), 15, label="GSR", physical_dimension="uS"),
        ],
        annotations=[EdfAnnotation(2.0, 5.0, "rest"), EdfAnnotation(9.0, None, "button")],
    ).write(tmp_path / "night.edf")
    read = open_recording(tmp_path / "night.edf")
    assert np.allclose(read.signal(Modality.ECG).values, ecg.values, atol=1e-4)
    assert read.signal(Modality.EDA).rate_hz == 15
    assert [(i.label, i.start_s, i.end_s) for i in read.intervals] == [("rest", 2, 7)]


def test_edf_channel_can_be_named(tmp_path: Path):
    signals = [EdfSignal(np.arange(100.0), 50, label=name, physical_dimension="mV") for name in ("A", "B")]
    Edf(signals).write(tmp_path / "x.edf")
    read = open_recording(tmp_path / "x.edf", ReadOptions(ecg_channel="b"))
    assert [(s.modality, s.rate_hz) for s in read.signals] == [("ecg", 50)]


def write_record(folder: Path, names: list[str], per_frame: list[int]) -> Path:
    wfdb.wrsamp(
        "drive",
        fs=15,
        units=["mV"] * len(names),
        sig_name=names,
        e_p_signal=[np.linspace(i, i + 1, 60 * n) for i, n in enumerate(per_frame)],
        samps_per_frame=per_frame,
        fmt=["16"] * len(names),
        write_dir=str(folder),
    )
    return folder / "drive"


def test_wfdb_keeps_each_rate_and_prefers_the_hand(tmp_path: Path):
    path = write_record(tmp_path, ["ECG", "foot GSR", "hand GSR"], [32, 2, 2])
    read = open_recording(path)
    assert [(s.modality, s.rate_hz) for s in read.signals] == [("ecg", 480), ("eda", 30)]
    assert read.signal(Modality.EDA).values[0] == pytest.approx(2, abs=0.01)
    assert open_recording(path.with_suffix(".hea")).signal(Modality.ECG).rate_hz == 480


def test_wfdb_channel_can_be_named(tmp_path: Path):
    path = write_record(tmp_path, ["ECG", "foot GSR", "hand GSR"], [32, 2, 2])
    read = open_recording(path, ReadOptions(eda_channel="foot GSR"))
    assert read.signal(Modality.EDA).values[0] == pytest.approx(1, abs=0.01)
