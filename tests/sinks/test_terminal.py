from __future__ import annotations

import io
import math
import os
import pty
import re
import sys
import termios

import numpy as np
import pytest

from edge_emotion.sinks.live import LiveSink
from edge_emotion.sinks.live_view import bar
from edge_emotion.sinks.plain import PlainSink
from edge_emotion.sinks.screen import Screen
from edge_emotion.sinks.styled import Span, Style, fold, framed, plain, width
from edge_emotion.sinks.terminal import text_sink
from edge_emotion.sinks.wording import clock_text
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import NS_PER_S, Abstention, Gap, GapCause, Modality, Samples

START_S = 1000
SHOW_CURSOR = "\x1b[?25h"
FIRST = Samples(
    modality=Modality.ECG, time_ns=START_S * NS_PER_S, rate_hz=130.0, values=np.zeros(13, np.float32)
)
CONNECTED = SensorEvent(time_ns=START_S * NS_PER_S, sensor="strap", kind=SensorEventKind.CONNECTED)
HEART_RATE = SensorEvent(
    time_ns=START_S * NS_PER_S, sensor="strap", kind=SensorEventKind.HEART_RATE, value=70
)
LOST = Gap(modality=Modality.EDA, start_ns=0, end_ns=2 * NS_PER_S, cause=GapCause.DISCONNECTED)
END = Gap(modality=Modality.EDA, start_ns=0, end_ns=2 * NS_PER_S, cause=GapCause.END)


def in_lines(*items) -> list[str]:
    stream = io.StringIO()
    sink = text_sink(stream, "title")
    assert isinstance(sink, PlainSink)
    for item in items:
        sink.write(item)
    return stream.getvalue().splitlines()


def test_one_line_a_report_with_time_since_the_start(make_report):
    (line,) = in_lines(FIRST, make_report(START_S + 125))
    assert " ".join(line.split()) == (
        "2:05 stress [rest 0.10 stress 0.90] 71 bpm, RMSSD 43 ms, EDA 2.50 uS, 3.0 SCR/min (uncalibrated)"
    )


def test_an_abstention_says_why_in_words(make_report):
    (line,) = in_lines(
        FIRST, make_report(START_S + 5, None, Abstention.POOR_QUALITY, heart_rate_bpm=math.nan)
    )
    assert "says nothing: signal too poor: check the sensors" in line
    assert "\N{EN DASH} bpm" in line


def test_state_changes_and_losses_are_told_and_ticks_are_not():
    assert [line.strip() for line in in_lines(FIRST, CONNECTED, HEART_RATE, LOST, END)] == [
        "strap: connected",
        "eda: link down, 2.0 s",
    ]


def live(*items, now=lambda: 0.0) -> str:
    stream = io.StringIO()
    sink = LiveSink("the title", Screen(stream, os.terminal_size((90, 40))), now)
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
    assert plain(bar(0.5, Style.GREEN)).count("\N{FULL BLOCK}") == 12
    assert plain(bar(7, Style.GREEN)).count("\N{FULL BLOCK}") == 24
    assert [clock_text(s) for s in (0, 65, 3661)] == ["0:00", "1:05", "1:01:01"]


@pytest.mark.parametrize("columns", [20, 37, 60])
def test_a_frame_is_as_wide_as_told_whatever_is_in_it(columns: int):
    lines = [(Span("a sensor: ", Style.BOLD), Span("脈拍 e\u0301 " * 9)), (Span("x" * 100),), ()]
    shown = framed(lines, "title", "a subtitle that is too long for some", columns)
    assert {width(line) for line in shown} == {columns}
    assert sum(plain(line).count("x") for line in shown) == 100


def test_folding_breaks_at_spaces():
    assert [plain(line) for line in fold((Span("one two "), Span("three")), 8)] == ["one two ", "three"]


def test_a_sensor_cannot_name_itself_an_escape_code():
    assert Span("\x1b[2Jstrap\n").text == "?[2Jstrap?"


@pytest.fixture
def terminal(monkeypatch):
    """A pseudo-terminal of 40 columns and 6 lines: what it is written to, and how to read all up to an end."""
    leader, follower = pty.openpty()

    def read_to(end: str) -> str:
        read = b""
        while not read.endswith(end.encode()):  # the kernel hands over what was written bit by bit
            read += os.read(leader, 65536)
        return read.decode()

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        termios.tcsetwinsize(follower, (6, 40))
        yield stream, read_to
    os.close(leader)


def test_a_terminal_is_drawn_on_and_a_dumb_one_gets_lines(terminal, monkeypatch):
    stream, _ = terminal
    assert isinstance(text_sink(stream, "title"), LiveSink)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(text_sink(stream, "title"), PlainSink)


def test_the_view_is_drawn_over_itself_and_what_is_said_stays_above(terminal, monkeypatch):
    stream, read_to = terminal
    monkeypatch.setattr(sys, "stderr", stream)
    screen = Screen(stream)
    screen.open()
    screen.draw([(Span("first"),), (Span("second", Style.GREEN),)])
    print("recording ", "stopped", sep="", file=sys.stderr)
    screen.draw([(Span(f"{number}"),) for number in range(9)])
    screen.close()
    assert sys.stderr is stream
    shown = on_paper(read_to(SHOW_CURSOR), lines=6)
    assert shown == ["recording stopped", "0", "1", "2", "3", "4", ""]


def on_paper(codes: str, lines: int) -> list[str]:
    """What stands on a terminal and above it, for the few codes that are used."""
    rows, row = [""], 0
    for code, text in re.findall(r"(\x1b\[[?\d;]*[A-Za-z]|\r|\n)|([^\x1b\r\n]+)", codes):
        if code == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif code.endswith("A"):
            row -= int(code[2:-1])
            assert row > len(rows) - 1 - lines, "the cursor cannot leave the screen"
        elif code == "\x1b[J":
            rows[row:] = [""]
        elif text:
            rows[row] = text
    return rows
