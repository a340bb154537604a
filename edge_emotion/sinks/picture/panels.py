"""The panels of a session's picture. Each is a pure function from what was collected to an SVG text, or to nothing."""

from __future__ import annotations

import math

from edge_emotion.sinks.picture import svg
from edge_emotion.sinks.picture.collected import ABSTAINED, FIRST_LABEL, Collected
from edge_emotion.sinks.picture.strips import STRIP_S, Strip
from edge_emotion.sinks.picture.svg import Frame, Point
from edge_emotion.types import Modality, Role

LONGEST_BREAK_S = 15.0
_CARDIAC_UNIT = {Modality.ECG: "mV", Modality.BVP: "a.u."}


def strip_panel(collected: Collected, strip: Strip) -> str:
    """Raw signal with a mark over each beat."""
    values = strip.values[: int(STRIP_S * strip.rate_hz)]
    low, high = svg.span(values.tolist(), 0.1)
    frame = Frame(x_low=strip.start_s, x_high=strip.start_s + STRIP_S, y_low=low, y_high=high, height=130)
    points = [(strip.start_s + i / strip.rate_hz, v) for i, v in enumerate(values.tolist())]
    beats = [t for t in strip.beats_s if frame.x_low <= t <= frame.x_high]
    marks = [f'<circle cx="{frame.x(t):.1f}" cy="{svg.TOP + 3}" r="3.5" class="beat"/>' for t in beats]
    unit = _CARDIAC_UNIT.get(collected.cardiac or Modality.ECG, "")
    parts = [*svg.axes(frame, unit, svg.ticks(low, high, 3)), svg.line(frame, points, "cardiac"), *marks]
    return svg.document(frame, f"raw cardiac signal with {len(beats)} beats", parts)


def heart_panel(collected: Collected) -> str:
    """Heart rate from the corrected intervals."""
    points = collected.heart_bpm.column(0)
    low, high = svg.span((v for _, v in points), 10)
    frame = _frame(collected, low, high, 150)
    parts = [*_phases(collected, frame), *svg.axes(frame, "beats/min", svg.ticks(low, high))]
    return svg.document(frame, "heart rate", [*parts, svg.line(frame, points, "cardiac", LONGEST_BREAK_S)])


def skin_panel(collected: Collected) -> str:
    """Skin conductance with its tonic level and a mark per response."""
    level, tonic = collected.skin_us.column(0), collected.skin_us.column(1)
    low, high = svg.span((v for _, v in level + tonic), 0.5)
    frame = _frame(collected, low, high, 170)
    bottom = frame.height - svg.BOTTOM
    marks = [f'<path d="M{frame.x(t):.1f},{bottom}v-9" class="scr"/>' for t in collected.scrs.times_s]
    lines = [
        svg.line(frame, tonic, "tonic", LONGEST_BREAK_S),
        svg.line(frame, level, "skin", LONGEST_BREAK_S),
    ]
    parts = [*_phases(collected, frame), *svg.axes(frame, "uS", svg.ticks(low, high)), *lines, *marks]
    return svg.document(frame, "skin conductance", parts)


def quality_panel(collected: Collected) -> str:
    """A ribbon per role: the darker, the worse."""
    frame = _frame(collected, 0, len(Role), 34 + 22 * len(Role))
    parts = []
    for row, role in enumerate(reversed(Role)):
        points = collected.reports.column(list(Role).index(role))
        parts.append(svg.text(svg.LEFT - 6, frame.y(row + 0.4) + 4, role, "tick", "end"))
        for start_s, end_s, value in _cells(points):
            css = (
                "unknown"
                if math.isnan(value)
                else "good"
                if value >= 0.7
                else "fair"
                if value >= 0.4
                else "poor"
            )
            parts.append(svg.rectangle(frame, (start_s, row + 0.1), (end_s, row + 0.9), css))
    return svg.document(frame, "signal quality", [*svg.axes(frame, "", ()), *parts])


def probability_panel(collected: Collected) -> str:
    """Stacked probabilities of the labels; hatched where the report abstained."""
    frame = _frame(collected, 0, 1, 190)
    parts = []
    columns = [collected.reports.column(FIRST_LABEL + i) for i in range(len(collected.labels))]
    for run in _known_runs(columns):
        lower: list[Point] = [(t, 0.0) for t, _ in run]
        for i in range(len(collected.labels)):
            upper = [(t, low + shares[i]) for (t, shares), (_, low) in zip(run, lower, strict=True)]
            parts.append(svg.area(frame, lower, upper, f"label{i % 5}"))
            lower = upper
    for start_s, end_s, value in _cells(collected.reports.column(ABSTAINED)):
        if value >= 0.5:
            parts.append(svg.rectangle(frame, (start_s, 0), (end_s, 1), "abstained"))
    axes = svg.axes(frame, "probability", (0, 0.25, 0.5, 0.75, 1))
    return svg.document(frame, "class probabilities", [*parts, *_phases(collected, frame), *axes])


def _frame(collected: Collected, low: float, high: float, height: float) -> Frame:
    return Frame(x_low=0.0, x_high=max(collected.end_s, 1.0), y_low=low, y_high=high, height=height)


def _phases(collected: Collected, frame: Frame) -> list[str]:
    """Where the script changes, and what it says."""
    parts = []
    for phase in collected.phases:
        x = frame.x(phase.start_s)
        parts.append(f'<path d="M{x:.1f},{svg.TOP}V{frame.height - svg.BOTTOM}" class="phase"/>')
        parts.append(svg.text(x + 5, svg.TOP + 12, phase.label, "phasename"))
    return parts


def _cells(points: list[Point]) -> list[tuple[float, float, float]]:
    """(start, end, value) of the cell that each point stands for; neighbours of equal value are joined."""
    cells: list[tuple[float, float, float]] = []
    for i, (time_s, value) in enumerate(points):
        before_s = points[i - 1][0] if i else time_s - LONGEST_BREAK_S / 2
        start_s = max(before_s, time_s - LONGEST_BREAK_S)
        if cells and cells[-1][1] == start_s and (cells[-1][2] == value):
            cells[-1] = (cells[-1][0], time_s, value)
        else:
            cells.append((max(0.0, start_s), time_s, value))
    return cells


def _known_runs(columns: list[list[Point]]) -> list[list[tuple[float, tuple[float, ...]]]]:
    """Stretches without a break in which every label's probability is known."""
    runs: list[list[tuple[float, tuple[float, ...]]]] = [[]]
    for row in zip(*columns, strict=True):
        time_s, shares = row[0][0], tuple(value for _, value in row)
        if any(map(math.isnan, shares)) or (runs[-1] and time_s - runs[-1][-1][0] > LONGEST_BREAK_S):
            runs.append([])
        if not any(map(math.isnan, shares)):
            runs[-1].append((time_s, shares))
    return [run for run in runs if len(run) > 1]
