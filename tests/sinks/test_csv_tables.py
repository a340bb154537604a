from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import UsageError
from edge_emotion.runtime.state import SessionState, StateChange
from edge_emotion.sinks.csv_tables import CsvSink
from edge_emotion.types import NS_PER_S, Abstention, Modality, Samples

FIRST = Samples(modality=Modality.ECG, time_ns=1000 * NS_PER_S, rate_hz=130.0, values=np.zeros(1, np.float32))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_reader_sees_each_report_at_once_in_seconds_from_the_first_sample(make_report, tmp_path: Path):
    sink = CsvSink(tmp_path / "t", ("rest", "stress"))
    sink.write(FIRST)
    sink.write(make_report(1065))
    sink.write(make_report(1070, None, Abstention.POOR_QUALITY))
    said, silent = table(tmp_path / "t" / "reports.csv")
    assert (said["start_s"], said["end_s"], said["label"]) == ("5.0", "65.0", "stress")
    assert (said["probability_rest"], said["quality_eda"]) == ("0.09999999999999998", "0.5")
    assert (silent["label"], silent["abstention"], silent["probability_rest"]) == ("", "poor_quality", "")
    sink.close()


def test_states_stand_in_a_table_of_their_own(tmp_path: Path):
    sink = CsvSink(tmp_path, ("rest",))
    sink.write(FIRST)
    sink.write(
        StateChange(time_ns=1002 * NS_PER_S, state=SessionState.STALLED, reasons=(Modality.ECG, Modality.EDA))
    )
    sink.close()
    assert table(tmp_path / "states.csv") == [{"time_s": "2.0", "state": "stalled", "reasons": "ecg eda"}]


def test_nothing_is_written_over(tmp_path: Path):
    CsvSink(tmp_path, ("rest",)).close()
    with pytest.raises(UsageError, match="give a new folder"):
        CsvSink(tmp_path, ("rest",))
