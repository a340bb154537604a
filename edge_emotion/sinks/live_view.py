"""What the live terminal view shows, as rich renderables made from a plain state."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

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
_CALM, _POOR = 0.7, 0.4


@dataclass(slots=True, kw_only=True)
class ViewState:
    """Everything the view needs; bounded."""

    title: str
    since_start_s: float = 0.0
    session: str = ""
    report: Report | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))


def view(state: ViewState) -> RenderableType:
    """The whole view."""
    heading = Text.assemble((clock_text(state.since_start_s), "bold"), "  ", _verdict(state.report))
    if state.session:
        heading.append(f"\nsession: {state.session}", style="dim")
    parts: list[RenderableType] = [heading]
    if state.report is not None:
        parts += [_vitals(state.report), _bars(state.report)]
    if state.lines or state.report is None:
        parts.append(Text("\n".join(state.lines) or "waiting for the sensors", style="dim"))
    return Panel(Group(*parts), title=state.title, subtitle="not a medical device", padding=(0, 1))


def _verdict(report: Report | None) -> Text:
    if report is None:
        return Text("no data yet", style="dim")
    if report.abstention is not None:
        return Text(f"says nothing: {ABSTENTION_TEXT[report.abstention]}", style="yellow")
    return Text(
        f"{report.label}  {report.probabilities.get(report.label or '', 0.0):.0%}", style="bold reverse"
    ).append(f"  {CALIBRATION_TEXT[report.calibration]}", style="not bold not reverse dim")


def _vitals(report: Report) -> Table:
    table = Table.grid(padding=(0, 3))
    age = "" if report.data_age_ms != report.data_age_ms else f"{report.data_age_ms / 1000:.1f} s"
    names = ("heart rate", "RMSSD", "EDA", "SCR", "data age")
    figures = (
        f"{figure_text(report.heart_rate_bpm)} bpm",
        f"{figure_text(report.rmssd_ms)} ms",
        f"{figure_text(report.eda_us, 2)} uS",
        f"{figure_text(report.scr_per_min, 1)} /min",
        age or "recorded",
    )
    table.add_row(*(Text(name, style="dim") for name in names))
    table.add_row(*(Text(figure, style="bold") for figure in figures))
    return table


def _bars(report: Report) -> Table:
    table = Table.grid(padding=(0, 2))
    for quality in report.quality:
        style = "green" if quality.index >= _CALM else "yellow" if quality.index >= _POOR else "red"
        table.add_row(
            f"{quality.role} quality", bar(quality.index, style), Text(quality_text(quality), style="dim")
        )
    for label, share in report.probabilities.items():
        table.add_row(label, bar(share, "cyan"), f"{share:.2f}")
    return table


def bar(share: float, style: str) -> Text:
    """A bar for a share in [0, 1]."""
    filled = round(max(0.0, min(1.0, share)) * BAR_CELLS)
    return Text.assemble(
        ("\N{FULL BLOCK}" * filled, style), ("\N{LIGHT SHADE}" * (BAR_CELLS - filled), "dim")
    )
