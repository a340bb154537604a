"""One line a report, for pipes, logs and screen readers."""

from __future__ import annotations

from typing import TextIO

from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem, Skipped
from edge_emotion.sinks.origin import Origin
from edge_emotion.sinks.wording import (
    ABSTENTION_TEXT,
    CALIBRATION_TEXT,
    clock_text,
    figure_text,
    gap_text,
    sensor_text,
    state_text,
)
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import NS_PER_S, Gap, GapCause, Report

_FREQUENT = (SensorEventKind.HEART_RATE, SensorEventKind.BAD_PACKET)


def report_line(report: Report, origin_ns: int) -> str:
    """A report in one line; time counts from ``origin_ns``."""
    at = clock_text((report.end_ns - origin_ns) / NS_PER_S)
    vitals = (
        f"{figure_text(report.heart_rate_bpm)} bpm, RMSSD {figure_text(report.rmssd_ms)} ms, "
        f"EDA {figure_text(report.eda_us, 2)} uS, {figure_text(report.scr_per_min, 1)} SCR/min"
    )
    if report.abstention is not None:
        return f"{at:>8}  (says nothing: {ABSTENTION_TEXT[report.abstention]})  {vitals}"
    shares = " ".join(f"{label} {share:.2f}" for label, share in report.probabilities.items())
    return f"{at:>8}  {report.label}  [{shares}]  {vitals}  ({CALIBRATION_TEXT[report.calibration]})"


class PlainSink:
    """Writes a line per report, per gap and per change of a sensor's state.

    Parameters
    ----------
    stream
        Text stream; left open.
    origin_ns
        When the session began; ``None`` takes the first thing that the source delivers.
    """

    def __init__(self, stream: TextIO, origin_ns: int | None = None) -> None:
        self._stream = stream
        self._origin = Origin(origin_ns)

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        self._origin.see(item)
        match item:
            case Report():
                line = report_line(item, self._origin.ns)
            case SensorEvent() if item.kind not in _FREQUENT:
                line = f"          {sensor_text(item)}"
            case Gap() if item.cause is not GapCause.END:
                line = f"          {gap_text(item)}"
            case StateChange():
                at = clock_text(max(0.0, self._origin.since_s(item.time_ns)))
                line = f"{at:>8}  [{state_text(item)}]"
            case Skipped():
                line = f"          {item.items} items skipped: this output is too slow"
            case _:
                return
        self._stream.write(line + "\n")
        self._stream.flush()

    def close(self) -> None:
        """The stream belongs to the caller."""
