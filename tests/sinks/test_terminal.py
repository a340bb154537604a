from __future__ import annotations

import io
import math

import numpy as np
from rich.console import Console

from edge_emotion.sinks.live import LiveSink
from edge_emotion.sinks.live_view import bar
from edge_emotion.sinks.plain import PlainSink
from edge_emotion.sinks.terminal import text_sink
from edge_emotion.sinks.wording import clock_text
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import NS_PER_S, Abstention, Gap, GapCause, Modality, Samples

START_S = 1000
FIRST = Samples(
    modality=Modality.ECG, time_ns=START_S * NS_PER_S, rate_hz=130.0, values=np.zeros(13, np.float32)
)
CONNECTED = SensorEvent(time_ns=START_S * NS_PER_S, sensor="strap", kind=SensorEventKind.CONNECTED)
HEART_RATE = SensorEvent(
    time_ns=START_S * NS_PER_S, sensor="strap", kind=SensorEventKind.HEART_RATE, value=70
)
LOST = Gap(modality=Modality.EDA, start_ns=0, end_ns=2 * NS_PER_S, cause=GapCause.DISCONNECTED)
END = Gap(modality=Modality.EDA, start_ns=0, end_ns=2 * NS_PER_S, cause=GapCause.END)


def plain(*items) -> list[str]:
    stream = io.StringIO()
    sink = text_sink(stream, "title")
    assert isinstance(sink, PlainSink)
    for item in items:
        sink.write(item)
    return stream.getvalue().splitlines()


def test_one_line_a_report_with_time_since_the_start(make_report):
    (line,) = plain(FIRST, make_report(START_S + 125))
    assert " ".join(line.split()) == (
        "2:05 stress [rest 0.10 stress 0.90] 71 bpm, RMSSD 43 ms, EDA 2.50 uS, 3.0 SCR/min (uncalibrated)"
    )


def test_an_abstention_says_why_in_words(make_report):
    (line,) = plain(FIRST, make_report(START_S + 5, None, Abstention.POOR_QUALITY, heart_rate_bpm=math.nan))
    assert "says nothing: signal too poor: check the sensors" in line
    assert "\N{EN DASH} bpm" in line


def test_state_changes_and_losses_are_told_and_ticks_are_not():
    assert [line.strip() for line in plain(FIRST, CONNECTED, HEART_RATE, LOST, END)] == [
        "strap: connected",
        "eda: link down, 2.0 s",
    ]


def live(*items, now=lambda: 0.0) -> str:
    stream = io.StringIO()
    sink = LiveSink("the title", Console(file=stream, force_terminal=True, width=90, color_system=None), now)
    sink.open()
    for item in items:
        sink.write(item)
    sink.close()
    return stream.getvalue()


def test_live_view_shows_vitals_verdict_quality_and_events(make_report):
    shown = live(FIRST, CONNECTED, make_report(START_S + 125, data_age_ms=1500.0))
    for expected in ("the title", "2:05", "stress  90%", "71 bpm", "1.5 s", "flat line", "strap: connected"):
        assert expected in shown
    assert "not a medical device" in shown


def test_live_view_says_why_it_says_nothing(make_report):
    assert "learning your rest" in live(
        FIRST, make_report(START_S + 70, 0.5, Abstention.COLLECTING_REFERENCE)
    )


def test_live_view_redraws_at_most_ten_times_a_second(make_report):
    items = [FIRST, *(make_report(START_S + s) for s in range(60, 160))]
    often = live(*items, now=iter(np.arange(0, 400, 0.2)).__next__)
    seldom = live(*items, now=iter(np.arange(0, 4, 0.002)).__next__)
    assert len(seldom) < 0.2 * len(often)


def test_bars_and_clocks():
    assert bar(0.5, "green").plain.count("\N{FULL BLOCK}") == 12
    assert bar(7, "green").plain.count("\N{FULL BLOCK}") == 24
    assert [clock_text(s) for s in (0, 65, 3661)] == ["0:00", "1:05", "1:01:01"]
