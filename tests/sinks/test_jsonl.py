from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest

from edge_emotion.errors import UsageError
from edge_emotion.sinks.jsonl import ALL_KINDS, JsonlFileSink, JsonlSink, encode
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import Abstention, Beat, Gap, GapCause, Modality, RrKind, Scr

BEAT = Beat(
    modality=Modality.RR,
    time_ns=2_500_000_000,
    decided_ns=3,
    rr_ms=None,
    kind=RrKind.NORMAL,
    amplitude=math.nan,
)
SCR = Scr(onset_ns=10**9, peak_ns=2 * 10**9, decided_ns=3 * 10**9, amplitude_us=0.5, rise_time_s=1.0)
GAP = Gap(modality=Modality.ECG, start_ns=0, end_ns=1_500_000_000, cause=GapCause.LOST)
BATTERY = SensorEvent(time_ns=10**9, sensor="strap", kind=SensorEventKind.BATTERY, value=80)


def test_report_has_every_field(make_report):
    assert json.loads(encode(make_report(65))) == {
        "type": "report",
        "start_s": 5.0,
        "end_s": 65.0,
        "label": "stress",
        "abstention": None,
        "probabilities": {"rest": 0.1, "stress": 0.9},
        "contributions": {"cardiac": 0.25, "eda": 0.75},
        "quality": {"cardiac": {"index": 0.95, "reasons": []}, "eda": {"index": 0.5, "reasons": ["flat"]}},
        "heart_rate_bpm": 71.3,
        "rmssd_ms": 43.2,
        "eda_us": 2.5,
        "scr_per_min": 3.0,
        "data_age_ms": None,
        "latency_ms": {"inference": 1.25},
        "calibration": "uncalibrated",
    }


def test_an_abstention_has_its_reason_and_no_label(make_report):
    line = json.loads(encode(make_report(5, None, Abstention.WARMING_UP, heart_rate_bpm=math.nan)))
    assert (line["label"], line["abstention"], line["heart_rate_bpm"]) == (None, "warming_up", None)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            BEAT,
            {
                "type": "beat",
                "modality": "rr",
                "time_s": 2.5,
                "rr_ms": None,
                "measured_rr_ms": [],
                "kind": "normal",
                "amplitude": None,
            },
        ),
        (SCR, {"type": "scr", "onset_s": 1.0, "peak_s": 2.0, "amplitude_us": 0.5, "rise_time_s": 1.0}),
        (GAP, {"type": "gap", "modality": "ecg", "start_s": 0.0, "end_s": 1.5, "cause": "lost"}),
        (BATTERY, {"type": "sensor", "time_s": 1.0, "sensor": "strap", "kind": "battery", "value": 80}),
    ],
)
def test_other_items(item, expected):
    assert json.loads(encode(item)) == expected


def test_only_the_chosen_kinds_are_written(make_report):
    stream = io.BytesIO()
    sink = JsonlSink(stream)
    for item in (BEAT, make_report(65), GAP, BATTERY):
        sink.write(item)
    assert [json.loads(line)["type"] for line in stream.getvalue().splitlines()] == ["report"]
    assert len(ALL_KINDS) == 7


def test_a_line_is_on_disk_before_the_next_item(tmp_path: Path):
    path = tmp_path / "events.jsonl"
    sink = JsonlFileSink(path)
    sink.write(SCR)
    assert path.read_bytes() == encode(SCR) + b"\n"
    sink.close()


def test_a_file_that_cannot_be_made(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be written"):
        JsonlFileSink(tmp_path / "absent" / "events.jsonl")
