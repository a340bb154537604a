"""CSV: a table for each kind of event, in the columns that ``edge-emotion convert --to csv`` writes too."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from edge_emotion.errors import UsageError
from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem, rows
from edge_emotion.sinks.origin import Origin
from edge_emotion.sources import SensorEvent
from edge_emotion.types import Beat, Gap, GapCause, Report, Role, Scr

if TYPE_CHECKING:
    from _csv import Writer

STATE_COLUMNS = ("time_s", "state", "reasons")


class CsvSink:
    """Writes ``reports.csv``, ``beats.csv``, ``responses.csv``, ``gaps.csv``, ``sensors.csv`` and ``states.csv``.

    Times are seconds since the session's first item. Each line is flushed, so that a spreadsheet or `tail -f` sees it at once.

    Parameters
    ----------
    folder
        Made if need be; must not hold these tables yet.
    labels
        Of the bundle.

    Raises
    ------
    UsageError
        If a table exists already or cannot be made.
    """

    def __init__(self, folder: Path, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)
        self._roles = tuple(Role)
        self._origin = Origin()
        self._files: list[TextIO] = []
        columns = {
            "reports": rows.report_columns(self._labels, self._roles),
            "beats": rows.BEAT_COLUMNS,
            "responses": rows.SCR_COLUMNS,
            "gaps": rows.GAP_COLUMNS,
            "sensors": rows.SENSOR_COLUMNS,
            "states": STATE_COLUMNS,
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._tables = {name: self._table(folder / f"{name}.csv", head) for name, head in columns.items()}
        except OSError as error:
            self.close()
            raise UsageError(
                f"--sink csv:{folder}: cannot be written ({error.strerror}); give a new folder"
            ) from None

    def _table(self, path: Path, columns: Sequence[str]) -> tuple[TextIO, Writer]:
        file = path.open("x", newline="", encoding="utf-8")
        self._files.append(file)
        writer = csv.writer(file)
        writer.writerow(columns)
        file.flush()
        return file, writer

    def open(self) -> None:
        """The tables are open already."""

    def write(self, item: SinkItem) -> None:
        self._origin.see(item)
        since_s = self._origin.since_s
        match item:
            case Report():
                self._add("reports", rows.report_row(item, self._labels, self._roles, since_s))
            case Beat():
                self._add("beats", rows.beat_row(item, since_s))
            case Scr():
                self._add("responses", rows.scr_row(item, since_s))
            case Gap() if item.cause is not GapCause.END:
                self._add("gaps", rows.gap_row(item, since_s))
            case SensorEvent():
                self._add("sensors", rows.sensor_row(item, since_s))
            case StateChange():
                self._add("states", (since_s(item.time_ns), item.state, " ".join(item.reasons)))
            case _:
                pass

    def close(self) -> None:
        for file in self._files:
            file.close()

    def _add(self, name: str, row: rows.Row) -> None:
        file, writer = self._tables[name]
        writer.writerow([rows.cell(value) for value in row])
        file.flush()
