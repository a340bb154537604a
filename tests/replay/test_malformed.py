"""Whatever is wrong with a file, there is one error with one line, and it says where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb
from edfio import Edf, EdfSignal

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.npz import write_npz
from edge_emotion.sources.replay.opening import open_recording
from edge_emotion.sources.replay.recording import Recording
from edge_emotion.types import Role


def refusal(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        open_recording(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.stem in message
    return message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("time_s,ecg_mv\n0,0.1\n0.01,high\n", "line 3, column ecg_mv: 'high' is not a number"),
        ("time_s,ecg_mv\n0,0.1\nlate,0.2\n", "line 3, column time_s: 'late' is not a number"),
        ("time_s,ecg_mv\n0,0.1\n0.01\n", "line 3 has 1 cells, the header has 2"),
        ("time_s,ecg_mv\n0,0.1\n0,0.2\n", "line 3: time_s does not increase"),
        ("time_s,ecg_mv\n0,1\n0.01,1\n0.02,1\n9,1\n", "time_s leaps"),
        ("time_s,ecg_mv\n0,1\n0.01,1\n0.025,1\n0.03,1\n0.04,1\n", "irregular"),
        ("time_s,ecg_mv\n0,1\n", "single sample"),
        ("time_s,ecg_mv\n", "no samples"),
        ("0.0,0.1\n0.1,0.2\n", "header row is needed"),
        ("time_s,temp\n0,36\n", "has none of the columns"),
        ("ecg_mv\n0.1\n", "--ecg-rate"),
        ("rr_ms\n800\n", "needs a column time_s"),
        ("time_s,rr_ms\n1,800\n1,800\n", "do not increase"),
        ("", "is empty"),
    ],
)
def test_csv(tmp_path: Path, text: str, expected: str):
    path = tmp_path / "table.csv"
    path.write_text(text)
    assert expected in refusal(path)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"ecg_mv": np.zeros(9)}, "lacks ecg_rate_hz"),
        ({"ecg_mv": np.zeros((3, 3)), "ecg_rate_hz": 130.0}, "shape (3, 3)"),
        ({"ecg_mv": np.zeros(0), "ecg_rate_hz": 130.0}, "shape (0,)"),
        ({"ecg_mv": np.array(["a"]), "ecg_rate_hz": 130.0}, "not numbers"),
        ({"ecg_mv": np.zeros(9), "ecg_rate_hz": 0.0}, "rate of 0 Hz"),
        ({"ecg_mv": np.zeros(9), "ecg_rate_hz": np.nan}, "rate of nan Hz"),
        ({"ecg_mv": np.zeros(9), "ecg_rate_hz": 130.0, "ecg_start_s": np.inf}, "not a time"),
        ({"eda_us": np.array([object()]), "eda_rate_hz": 4.0}, "Python objects"),
        ({"rr_ms": np.ones(3)}, "needs rr_time_s"),
        ({"rr_ms": np.ones(3), "rr_time_s": np.ones(2)}, "one time each"),
        ({"other": np.zeros(3)}, "its keys are other"),
        (
            {
                "bvp": np.zeros(9),
                "bvp_rate_hz": 4.0,
                "phase_names": np.array(["a"]),
                "phase_times_s": np.zeros(2),
            },
            "wanted (1, 2)",
        ),
    ],
)
def test_npz(tmp_path: Path, arrays: dict[str, np.ndarray], expected: str):
    path = tmp_path / "archive.npz"
    np.savez(path, **arrays)
    assert expected in refusal(path)


@pytest.mark.parametrize("keep", [10, 1000, -100])
def test_truncated_npz(tmp_path: Path, recording: Recording, keep: int):
    path = tmp_path / "session.npz"
    write_npz(path, recording)
    path.write_bytes(path.read_bytes()[:keep])
    assert "damaged, cut short" in refusal(path)


def test_flipped_byte_in_npz(tmp_path: Path, recording: Recording):
    path = tmp_path / "session.npz"
    write_npz(path, recording)
    data = bytearray(path.read_bytes())
    data[400] ^= 0xFF
    path.write_bytes(data)
    assert "damaged, cut short" in refusal(path)


@pytest.mark.parametrize("keep", [100, 400, 900, -1])
def test_truncated_edf(tmp_path: Path, keep: int):
    path = tmp_path / "night.edf"
    Edf([EdfSignal(np.arange(1000.0), 100, label="ECG", physical_dimension="mV")]).write(path)
    path.write_bytes(path.read_bytes()[:keep])
    assert "damaged, cut short" in refusal(path)


@pytest.mark.parametrize(
    ("label", "unit", "expected"), [("EDA", "kOhm", "in 'kOhm'"), ("Resp", "mV", "are Resp")]
)
def test_edf_without_a_usable_channel(tmp_path: Path, label: str, unit: str, expected: str):
    path = tmp_path / "night.edf"
    Edf([EdfSignal(np.arange(100.0), 10, label=label, physical_dimension=unit)]).write(path)
    assert expected in refusal(path)


def test_truncated_wfdb(tmp_path: Path):
    wfdb.wrsamp(
        "r",
        fs=100,
        units=["mV"],
        sig_name=["ECG"],
        p_signal=np.zeros((500, 1)),
        fmt=["16"],
        write_dir=str(tmp_path),
    )
    (tmp_path / "r.dat").write_bytes(b"\0" * 301)
    assert "damaged, cut short" in refusal(tmp_path / "r")
    (tmp_path / "r.dat").unlink()
    assert "cannot be read" in refusal(tmp_path / "r")


@pytest.mark.parametrize(
    "content", [b"\x80\x04K\x01.", b"\x00\x01\x02", "caf\u00e9 au lait".encode(), b"\x93NUMPY\x01"]
)
def test_unknown_content(tmp_path: Path, content: bytes):
    path = tmp_path / "thing.bin"
    path.write_bytes(content)
    assert "thing.bin" in refusal(path)


def test_paths_that_are_no_recordings(tmp_path: Path):
    assert "no such file" in refusal(tmp_path / "absent")
    assert "is a directory" in refusal(tmp_path)


def test_a_missing_role_says_what_can_be_done(tmp_path: Path):
    path = tmp_path / "heart.csv"
    path.write_text("time_s,ecg_mv\n" + "".join(f"{i / 100},{i % 7}\n" for i in range(200)))
    with pytest.raises(RecordingError, match=r"has no eda signal, it holds ecg; .*--no-eda"):
        open_recording(path).best(Role.EDA)
