"""What the live terminal view shows, as lines made from a plain state."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from edge_emotion.sinks.styled import Line, Span, Style, framed, grid
from edge_emotion.sinks.wording import (
    ABSTENTION_TEXT,
    CALIBRATION_TEXT,
    clock_text,
    figure_text,
    quality_text,
)
from edge_emotion.types import Report

BAR_CELLS = 24
LINES_KEPT = 5
MOST_COLUMNS = 100
_CALM, _POOR = 0.7, 0.4


@dataclass(slots=True, kw_only=True)
class ViewState:
    """Everything the view needs; bounded."""

    title: str
    since_start_s: float = 0.0
    session: str = ""
    report: Report | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))


def view(state: ViewState, columns: int) -> list[Line]:
    """The whole view, ``columns`` wide at most."""
    lines = [(Span(clock_text(state.since_start_s), Style.BOLD), Span("  "), *_verdict(state.report))]
    if state.session:
        lines.append((Span(f"session: {state.session}", Style.DIM),))
    if state.report is not None:
        lines += [*_vitals(state.report), *_bars(state.report)]
    if state.lines or state.report is None:
        lines += [(Span(line, Style.DIM),) for line in state.lines or ("waiting for the sensors",)]
    return framed(lines, state.title, "not a medical device", min(columns, MOST_COLUMNS))


def _verdict(report: Report | None) -> Line:
    if report is None:
        return (Span("no data yet", Style.DIM),)
    if report.abstention is not None:
        return (Span(f"says nothing: {ABSTENTION_TEXT[report.abstention]}", Style.YELLOW),)
    share = report.probabilities.get(report.label or "", 0.0)
    return (
        Span(f"{report.label}  {share:.0%}", Style.VERDICT),
        Span(f"  {CALIBRATION_TEXT[report.calibration]}", Style.DIM),
    )


def _vitals(report: Report) -> list[Line]:
    recorded = report.data_age_ms != report.data_age_ms
    figures = {
        "heart rate": f"{figure_text(report.heart_rate_bpm)} bpm",
        "RMSSD": f"{figure_text(report.rmssd_ms)} ms",
        "EDA": f"{figure_text(report.eda_us, 2)} uS",
        "SCR": f"{figure_text(report.scr_per_min, 1)} /min",
        "data age": "recorded" if recorded else f"{report.data_age_ms / 1000:.1f} s",
    }
    return grid([[Span(n, Style.DIM) for n in figures], [Span(f, Style.BOLD) for f in figures.values()]], 3)


def _bars(report: Report) -> list[Line]:
    bars = [
        (f"{q.role} quality", q.index, _judged(q.index), Span(quality_text(q), Style.DIM))
        for q in report.quality
    ]
    bars += [
        (label, share, Style.CYAN, Span(f"{share:.2f}")) for label, share in report.probabilities.items()
    ]
    widest = max((len(name) for name, *_ in bars), default=0)
    return [
        (Span(f"{name:<{widest}}  "), *bar(share, style), Span("  "), told)
        for name, share, style, told in bars
    ]


def _judged(index: float) -> Style:
    return Style.GREEN if index >= _CALM else Style.YELLOW if index >= _POOR else Style.RED


def bar(share: float, style: Style) -> Line:
    """A bar for a share in [0, 1]."""
    filled = round(max(0.0, min(1.0, share)) * BAR_CELLS)
    return (
        Span("\N{FULL BLOCK}" * filled, style),
        Span("\N{LIGHT SHADE}" * (BAR_CELLS - filled), Style.DIM),
    )
