from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_emotion.sources.replay.opening import open_recording
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.types import Modality


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_case_and_blank_lines(tmp_path: Path, separator: str):
    text = "Time_S,ECG_mV,note\n0,1,a\n0.01,2,b\n\n0.02,3,c\n".replace(",", separator)
    signal = open_recording(written(tmp_path / "a.csv", text)).signal(Modality.ECG)
    assert signal.rate_hz == 100
    assert signal.values.tolist() == [1, 2, 3]


def test_missing_rows_become_nan(tmp_path: Path):
    text = "time_s,eda_us\n" + "".join(f"{i / 4},{i}\n" for i in range(12) if i not in (5, 6))
    values = open_recording(written(tmp_path / "a.csv", text)).signal(Modality.EDA).values
    assert np.flatnonzero(np.isnan(values)).tolist() == [5, 6]
    assert values[7] == 7


def test_rate_and_column_from_the_caller(tmp_path: Path):
    path = written(tmp_path / "a.csv", "chest\n1\n2\n")
    signal = open_recording(path, ReadOptions(ecg_channel="chest", ecg_rate_hz=500)).signal(Modality.ECG)
    assert (signal.rate_hz, signal.start_s) == (500, 0)


def test_rate_of_rounded_times_is_the_nominal_one(tmp_path: Path):
    rows = "".join(f"{i / 130:.4f},{i % 5}\n" for i in range(400))
    assert (
        open_recording(written(tmp_path / "a.csv", "time_s,ecg_mv\n" + rows)).signal(Modality.ECG).rate_hz
        == 130
    )
