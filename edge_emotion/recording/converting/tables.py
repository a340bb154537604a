"""CSV: a folder of tables. ``signals.csv`` is what ``edge-emotion run --input`` and the training read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from edge_emotion.recording.gathering import Gathered
from edge_emotion.sinks import rows
from edge_emotion.sources.replay.csv_table import COLUMNS, write_csv
from edge_emotion.sources.replay.recording import Recording
from edge_emotion.types import Modality

Table = tuple[Sequence[str], Iterable[rows.Row]]


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
    for name, (columns, lines) in event_tables(gathered).items():
        with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(columns)
            table.writerows([rows.cell(value) for value in line] for line in lines)


def event_tables(gathered: Gathered) -> dict[str, Table]:
    """Everything of a session that is no signal, by the table's name."""
    since_s = gathered.since_s
    labels = sorted({label for r in gathered.reports for label in r.probabilities})
    roles = sorted({q.role for r in gathered.reports for q in r.quality})
    return {
        "reports": (
            rows.report_columns(labels, roles),
            [rows.report_row(r, labels, roles, since_s) for r in gathered.reports],
        ),
        "beats": (rows.BEAT_COLUMNS, [rows.beat_row(b, since_s) for b in gathered.beats]),
        "responses": (rows.SCR_COLUMNS, [rows.scr_row(r, since_s) for r in gathered.responses]),
        "gaps": (rows.GAP_COLUMNS, [rows.gap_row(g, since_s) for g in gathered.gaps]),
        "sensors": (rows.SENSOR_COLUMNS, [rows.sensor_row(e, since_s) for e in gathered.sensor_events]),
    }
