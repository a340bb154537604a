"""CSV: a folder of tables. ``signals.csv`` is what ``edge-emotion run --input`` and the training read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from edge_emotion.recording.gathering import Gathered
from edge_emotion.sources.replay.csv_table import COLUMNS, write_csv
from edge_emotion.sources.replay.recording import Recording
from edge_emotion.types import Modality, Report

REPORT_FIGURES = ("heart_rate_bpm", "rmssd_ms", "eda_us", "scr_per_min")


def write_tables(out: Path, gathered: Gathered) -> None:
    """Write ``signals.csv``, ``reports.csv``, ``beats.csv``, ``responses.csv``, ``gaps.csv`` and ``sensors.csv``; seconds from 0.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    """
    out.mkdir()
    known = tuple(s for s in gathered.recording.signals if s.modality in (*COLUMNS, Modality.ACC))
    write_csv(out / "signals.csv", Recording(name="signals", signals=known))
    _write(out / "reports.csv", *_reports(gathered))
    since_s = gathered.since_s
    _write(
        out / "beats.csv",
        ("time_s", "modality", "rr_ms", "kind"),
        ((since_s(b.time_ns), b.modality, b.rr_ms, b.kind) for b in gathered.beats),
    )
    _write(
        out / "responses.csv",
        ("onset_s", "peak_s", "amplitude_us", "rise_time_s"),
        (
            (since_s(r.onset_ns), since_s(r.peak_ns), r.amplitude_us, r.rise_time_s)
            for r in gathered.responses
        ),
    )
    _write(
        out / "gaps.csv",
        ("modality", "start_s", "end_s", "cause"),
        ((g.modality, since_s(g.start_ns), since_s(g.end_ns), g.cause) for g in gathered.gaps),
    )
    _write(
        out / "sensors.csv",
        ("time_s", "sensor", "kind", "value"),
        ((since_s(e.time_ns), e.sensor, e.kind, e.value) for e in gathered.sensor_events),
    )


def _reports(gathered: Gathered) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    labels = sorted({label for r in gathered.reports for label in r.probabilities})
    roles = sorted({q.role for r in gathered.reports for q in r.quality})
    names = (
        *("start_s", "end_s", "label", "abstention", "calibration", *REPORT_FIGURES),
        *(f"probability_{label}" for label in labels),
        *(f"quality_{role}" for role in roles),
    )

    def row(report: Report) -> Sequence[object]:
        quality = {q.role: q.index for q in report.quality}
        return (
            gathered.since_s(report.start_ns),
            gathered.since_s(report.end_ns),
            report.label,
            report.abstention,
            report.calibration,
            *(getattr(report, name) for name in REPORT_FIGURES),
            *(report.probabilities.get(label) for label in labels),
            *(quality.get(role) for role in roles),
        )

    return names, map(row, gathered.reports)


def _write(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(names)
        table.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    """What is not known, as an empty cell."""
    return "" if value is None or value != value else value
