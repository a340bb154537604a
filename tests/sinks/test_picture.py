from __future__ import annotations

import math
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from edge_emotion.errors import UsageError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.sinks.picture import PictureSink
from edge_emotion.sinks.picture.page import Heading
from edge_emotion.sinks.picture.svg import Frame, line, span, ticks, time_ticks
from edge_emotion.types import (
    NS_PER_S,
    Abstention,
    Beat,
    Gap,
    GapCause,
    Modality,
    Quality,
    Role,
    RrKind,
    Samples,
    Scr,
    Window,
)

PHASES = (
    LabelledInterval(label="rest & <calm>", start_s=0, end_s=100),
    LabelledInterval(label="stress", start_s=100, end_s=200),
)


def ecg(start_s: float) -> Samples:
    values = np.sin(np.arange(130) / 5).astype(np.float32)
    return Samples(modality=Modality.ECG, time_ns=round(start_s * NS_PER_S), rate_hz=130.0, values=values)


def beat(time_s: float) -> Beat:
    at = round(time_s * NS_PER_S)
    return Beat(
        modality=Modality.ECG, time_ns=at, decided_ns=at, rr_ms=800.0, kind=RrKind.NORMAL, amplitude=1.0
    )


def window(end_s: float) -> Window:
    series = np.stack([np.full(240, 3.0), np.full(240, 0.5)]).astype(np.float32)
    return Window(
        start_ns=round((end_s - 60) * NS_PER_S),
        end_ns=round(end_s * NS_PER_S),
        tensors={"eda": series},
        quality=(Quality(role=Role.EDA, index=1.0),),
        complete=True,
    )


def session(make_report) -> list[object]:
    items: list[object] = []
    for second in range(200):
        items += [ecg(second), beat(second + 0.3)]
        if second % 5 == 0:
            abstention = Abstention.WARMING_UP if second < 60 else None
            items += [window(second + 1), make_report(second + 1, None if abstention else 0.8, abstention)]
        if second % 20 == 0:
            at = second * NS_PER_S
            items.append(Scr(onset_ns=at, peak_ns=at, decided_ns=at, amplitude_us=0.3, rise_time_s=1.0))
    items.append(Gap(modality=Modality.EDA, start_ns=0, end_ns=5 * NS_PER_S, cause=GapCause.LOST))
    return items


def drawn(path: Path, items, phases=PHASES) -> str:
    sink = PictureSink(path, Heading(title="A & B", subtitle="<sub>"), ("rest", "stress"), phases)
    sink.open()
    for item in items:
        sink.write(item)
    sink.close()
    return path.read_text(encoding="utf-8")


class Balance(HTMLParser):
    """Fails on tags that are closed in another order than they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_whole_session_is_well_formed_and_self_contained(tmp_path: Path, make_report):
    page = drawn(tmp_path / "s.html", session(make_report))
    balance = Balance()
    balance.feed(page)
    assert balance.open == []
    for image in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(image)
    assert not re.search(r"https?:|<script|<link|@import|src=", page)
    assert "prefers-color-scheme:dark" in page
    assert "not a medical device" in page


def test_it_shows_what_happened(tmp_path: Path, make_report):
    page = drawn(tmp_path / "s.html", session(make_report))
    assert page.count('class="scr"') == 10
    assert "A &amp; B" in page
    assert "rest &amp; &lt;calm&gt;" in page
    assert re.search(r"Beats</th><td>200<", page)
    assert re.search(r"Lost eda</th><td>5.0 s<", page)
    assert re.search(r"abstained \(warming up[^<]*</th><td>30%<", page)
    assert 'class="abstained"' in page
    assert len(re.findall(r"raw cardiac signal with \d+ beats", page)) == len(PHASES)


def test_without_any_item_it_says_so(tmp_path: Path):
    assert "No report was made" in drawn(tmp_path / "s.html", [])


def test_its_size_does_not_grow_with_the_session(tmp_path: Path, make_report):
    def hours(count: int) -> list[object]:
        return [i for s in range(0, 3600 * count, 5) for i in (beat(s), window(s), make_report(s))]

    short = len(drawn(tmp_path / "a.html", hours(1), ()))
    assert len(drawn(tmp_path / "b.html", hours(12), ())) < 3 * short


def test_a_path_that_cannot_be_written_is_told_at_the_beginning(tmp_path: Path):
    sink = PictureSink(tmp_path / "absent" / "s.html", Heading(title="", subtitle=""), ("a", "b"))
    with pytest.raises(UsageError, match="cannot be written"):
        sink.open()


def test_lines_break_at_unknown_values_and_long_pauses():
    frame = Frame(x_low=0, x_high=10, y_low=0, y_high=1, height=100)
    path = line(frame, [(0, 0.1), (1, 0.2), (2, math.nan), (3, 0.1), (9, 0.2)], "css", gap=3)
    assert (path.count("M"), path.count("L")) == (3, 1)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (60, 110), (-0.3, 1.2), (0.001, 0.0034), (0, 250)])
def test_ticks_are_few_round_and_inside(low: float, high: float):
    found = ticks(low, high)
    assert 2 <= len(found) <= 8
    assert low <= found[0]
    assert found[-1] <= high
    assert len({round(b - a, 9) for a, b in pairwise(found)}) == 1


def test_time_ticks_and_spans():
    assert time_ticks(0, 660) == [0, 120, 240, 360, 480, 600]
    assert span([math.nan], 2.0) == (0.0, 2.0)
    assert span([5.0, 5.0], 2.0) == (4.0, 6.0)
