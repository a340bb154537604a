from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_recording import second

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.recording.converting import write_as
from edge_emotion.recording.gathering import Gathered, gather
from edge_emotion.recording.records import FoundGap
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.sources.replay.opening import open_recording
from edge_emotion.types import (
    NS_PER_S,
    Abstention,
    Beat,
    Gap,
    GapCause,
    Modality,
    Quality,
    Report,
    Role,
    RrKind,
    Samples,
    Scr,
)

GAP = Gap(modality=Modality.ECG, start_ns=30 * NS_PER_S, end_ns=33 * NS_PER_S, cause=GapCause.LOST)


def report(end_s: int, label: str | None) -> Report:
    return Report(
        start_ns=(end_s - 60) * NS_PER_S,
        end_ns=end_s * NS_PER_S,
        label=label,
        abstention=None if label else Abstention.POOR_QUALITY,
        probabilities={"rest": 0.2, "stress": 0.8} if label else {},
        contributions={},
        quality=(Quality(role=Role.CARDIAC, index=0.9),),
        heart_rate_bpm=70.0,
        rmssd_ms=float("nan"),
        eda_us=2.0,
        scr_per_min=1.0,
        data_age_ms=float("nan"),
        latency_ms={},
    )


@pytest.fixture
def gathered(write) -> Gathered:
    """A minute of ECG with three seconds missing, of EDA, and of what was made of them."""
    items = [second(n) for n in range(60) if not 30 <= n < 33]
    items += [second(n, 15.0, Modality.EDA) for n in range(60)]
    beat = Beat(
        modality=Modality.ECG,
        time_ns=NS_PER_S,
        decided_ns=2 * NS_PER_S,
        rr_ms=800.0,
        kind=RrKind.NORMAL,
        amplitude=1.0,
    )
    scr = Scr(onset_ns=NS_PER_S, peak_ns=2 * NS_PER_S, decided_ns=0, amplitude_us=0.1, rise_time_s=1.0)
    event = SensorEvent(time_ns=0, sensor="H10", kind=SensorEventKind.BATTERY, value=90.0)
    made = [GAP, FoundGap(gap=GAP), beat, scr, event, report(40, None), report(60, "stress")]
    return gather(write([*items, *made]).session)


def test_signals_lie_on_their_grid_with_holes(gathered: Gathered):
    ecg = gathered.recording.signal(Modality.ECG)
    assert len(ecg.values) == 60 * 130
    assert np.flatnonzero(np.isnan(ecg.values)).tolist() == list(range(30 * 130, 33 * 130))
    assert ecg.values[10 * 130] == 10
    assert gathered.gaps == (GAP,)


def test_edf_is_read_by_our_own_reader_and_tells_reports_and_gaps(gathered: Gathered, tmp_path: Path):
    from edfio import read_edf

    write_as("edf", tmp_path / "s.edf", gathered)
    back = open_recording(tmp_path / "s.edf")
    ecg, wanted = (r.signal(Modality.ECG).values for r in (back, gathered.recording))
    known = ~np.isnan(wanted)
    assert np.max(np.abs(ecg[known] - wanted[known])) < 200 / 65535
    notes = [(a.onset, a.text) for a in read_edf(tmp_path / "s.edf").annotations]
    assert notes == [
        (30.0, "gap ecg lost 3.0 s"),
        (40.0, "report abstained poor_quality"),
        (60.0, "report stress 0.800"),
    ]


def test_csv_holds_signals_that_run_reads_and_a_table_of_each_kind(gathered: Gathered, tmp_path: Path):
    write_as("csv", tmp_path / "t", gathered)
    back = open_recording(tmp_path / "t" / "signals.csv")
    assert np.array_equal(back.signal(Modality.EDA).values, gathered.recording.signal(Modality.EDA).values)
    rows = {p.stem: list(csv.DictReader(p.read_text().splitlines())) for p in (tmp_path / "t").glob("*.csv")}
    assert rows["reports"][1]["probability_stress"] == "0.8"
    assert rows["reports"][1]["rmssd_ms"] == rows["reports"][0]["label"] == ""
    assert rows["gaps"] == [{"modality": "ecg", "start_s": "30.0", "end_s": "33.0", "cause": "lost"}]
    assert [len(rows[k]) for k in ("beats", "responses", "sensors")] == [1, 1, 1]


def test_bids_names_and_columns(gathered: Gathered, tmp_path: Path):
    write_as("bids", tmp_path / "b", gathered)
    folder = tmp_path / "b" / "sub-01" / "beh"
    stem = "sub-01_task-emotion_recording-ecg_physio"
    head = json.loads((folder / f"{stem}.json").read_text())
    lines = gzip.decompress((folder / f"{stem}.tsv.gz").read_bytes()).decode().splitlines()
    assert (head["SamplingFrequency"], head["StartTime"], head["Columns"]) == (130.0, 0.0, ["ecg"])
    assert len(lines) == 60 * 130
    assert (lines[0], lines[30 * 130]) == ("0", "n/a")
    events = (folder / "sub-01_task-emotion_events.tsv").read_text().splitlines()
    assert events[0] == "onset\tduration\ttrial_type\tvalue"
    assert "30\t3\tgap\tecg lost" in events
    assert "60\t0\treport\tstress" in events


def test_a_rate_that_is_not_quite_nominal_is_put_right(write):
    true_hz = 129.3
    at_s = np.arange(60 * 73) / true_hz
    wave = np.sin(at_s * 2).astype(np.float32)
    items = [
        Samples(
            modality=Modality.ECG,
            time_ns=round(at_s[i] * NS_PER_S),
            rate_hz=130.0,
            values=wave[i : i + 73],
        )
        for i in range(0, len(wave), 73)
    ]
    found = gather(write(items).session).recording.signal(Modality.ECG)
    times_s = np.arange(len(found.values)) / 130.0
    known = ~np.isnan(found.values)
    assert known[:-2].all()
    assert np.max(np.abs(found.values[known] - np.sin(2 * times_s[known]))) < 0.01


def test_rr_intervals_lie_before_their_packets_time(write):
    values = np.array([800.0, 900.0], np.float32)
    item = Samples(modality=Modality.RR, time_ns=10 * NS_PER_S, rate_hz=None, values=values)
    signal = gather(write([item]).session).recording.signal(Modality.RR)
    assert signal.times_s is not None
    assert signal.times_s.tolist() == pytest.approx([0.8, 1.7])


def test_nothing_is_written_over_and_nothing_made_of_nothing(gathered: Gathered, write, tmp_path: Path):
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        write_as("csv", tmp_path / "there", gathered)
    with pytest.raises(RecordingError, match="no sample"):
        gather(write([], folder=tmp_path / "empty").session)


def test_parquet_has_signals_with_nulls_and_the_tables(gathered: Gathered, tmp_path: Path):
    write_as("parquet", tmp_path / "p", gathered)
    ecg = pq.read_table(tmp_path / "p" / "signal_ecg.parquet")
    assert (ecg.num_rows, ecg["ecg"].null_count) == (60 * 130, 3 * 130)
    assert ecg["time_s"][131].as_py() == pytest.approx(131 / 130)
    assert ecg.schema.metadata[b"unit"] == b"mV"
    reports = pq.read_table(tmp_path / "p" / "reports.parquet").to_pylist()
    assert [(r["label"], r["abstention"], r["probability_stress"]) for r in reports] == [
        (None, "poor_quality", None),
        ("stress", None, 0.8),
    ]
    assert pq.read_table(tmp_path / "p" / "gaps.parquet").to_pylist()[0]["cause"] == "lost"
