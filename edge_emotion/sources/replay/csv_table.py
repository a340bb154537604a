"""CSV with a header row: ``time_s`` and any of ``ecg_mv``, ``eda_us``, ``bvp``, ``rr_ms``, ``acc_x_g``, ``acc_y_g``, ``acc_z_g``,
``phase``; others are passed over.

A cell is empty where a signal has no sample at that time, so signals of different rates share one table. Without ``time_s``, the
rate of each column must be given. Commas, semicolons and tabs separate; the decimal sign is the point.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np

from edge_emotion.errors import RecordingError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.sources.replay.acceleration import ACC_COLUMNS, stack_axes
from edge_emotion.sources.replay.csv_grid import Column, to_signal
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.sources.replay.recording import Recording, Signal, reading, rr_signal
from edge_emotion.types import Modality

TIME, PHASE = "time_s", "phase"
COLUMNS: Mapping[Modality, str] = {
    Modality.ECG: "ecg_mv",
    Modality.EDA: "eda_us",
    Modality.BVP: "bvp",
    Modality.RR: "rr_ms",
}


def read_csv(path: Path, options: ReadOptions) -> Recording:
    """Read a table.

    Raises
    ------
    RecordingError
        If there is no header row or no signal column, a cell is not a number (line, column and value are named), or times
        do not increase.
    """
    with reading(path), path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        delimiter = max(",;\t", key=first.count)
        file.seek(0)
        rows = csv.reader(file, delimiter=delimiter)
        header = [name.strip() for name in next(rows, [])]
        places = _places(path, header, options)
        columns, phases = _collect(path, header, rows, places)
    signals = [_signal(path, c, options) for c in columns if c.values and c.modality is not Modality.ACC]
    if not signals:
        raise RecordingError(
            f"{path}: has a header row but no samples under {', '.join(c.name for c in columns)}"
        )
    axes = [c for c in columns if c.values and c.modality is Modality.ACC and c.times_s]
    if axes:
        signals.append(stack_axes(path, [to_signal(path, axis, None) for axis in axes]))
    return Recording(name=path.stem, signals=tuple(signals), intervals=_intervals(phases))


def write_csv(path: Path, recording: Recording) -> None:
    """Write a recording as such a table; times to the microsecond."""
    cells: list[tuple[int, str, float]] = []
    columns: list[str] = []
    for signal in recording.signals:
        at = signal.times_s
        if at is None:
            at = signal.start_s + np.arange(len(signal.values)) / (signal.rate_hz or 1.0)
        names = ACC_COLUMNS if signal.modality is Modality.ACC else (COLUMNS[signal.modality],)
        table_of = signal.values.reshape(len(signal.values), -1)
        for name, values in zip(names, table_of.T.tolist(), strict=False):
            columns.append(name)
            cells += [(round(t * 1e6), name, value) for t, value in zip(at.tolist(), values, strict=True)]
    cells.sort(key=lambda cell: cell[0])
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([TIME, *columns, PHASE])
        for time_us, group in groupby(cells, key=lambda cell: cell[0]):
            row = {name: f"{value:.6g}" for _, name, value in group}
            phase = next((i.label for i in recording.intervals if i.start_s <= time_us / 1e6 < i.end_s), "")
            table.writerow([f"{time_us / 1e6:.6f}", *(row.get(name, "") for name in columns), phase])


def _places(path: Path, header: list[str], options: ReadOptions) -> dict[str, int]:
    """Index of each column that is wanted: `TIME`, `PHASE` and the modalities' values by name."""
    plain = [name.lower() for name in header]
    if header and all(_is_number(name) for name in header):
        raise RecordingError(
            f"{path}: line 1 holds numbers; a header row is needed, such as: time_s,ecg_mv,eda_us"
        )
    places = {name: plain.index(name) for name in (TIME, PHASE) if name in plain}
    for modality, usual in COLUMNS.items():
        wanted = options.channel(modality)
        name = (wanted or usual).lower()
        if name in plain:
            places[modality] = plain.index(name)
        elif wanted:
            raise RecordingError(f"{path}: has no column {wanted!r}; its columns are {', '.join(header)}")
    if not any(modality in places for modality in COLUMNS):
        raise RecordingError(
            f"{path}: has none of the columns {', '.join(COLUMNS.values())}; its columns are "
            f"{', '.join(header)[:200] or 'none'}; name them with --ecg-channel and --eda-channel"
        )
    return places


def _collect(
    path: Path, header: list[str], rows: Iterable[list[str]], places: Mapping[str, int]
) -> tuple[list[Column], list[tuple[float, str]]]:
    columns = [(places[m], Column(modality=m, name=header[places[m]])) for m in COLUMNS if m in places]
    plain = [name.lower() for name in header]
    columns += [(plain.index(n), Column(modality=Modality.ACC, name=n)) for n in ACC_COLUMNS if n in plain]
    time_at, phase_at = places.get(TIME), places.get(PHASE)
    phases: list[tuple[float, str]] = []
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) < len(header):
            raise RecordingError(
                f"{path}: line {line} has {len(row)} cells, the header has {len(header)}: is it cut short?"
            )
        time_s = None if time_at is None else _number(path, line, TIME, row[time_at])
        if phase_at is not None and time_s is not None:
            phases.append((time_s, row[phase_at].strip()))
        for place, column in columns:
            text = row[place]
            if text and not text.isspace():
                column.add(_number(path, line, column.name, text), time_s, line)
    return [column for _, column in columns], phases


def _signal(path: Path, column: Column, options: ReadOptions) -> Signal:
    if column.modality is Modality.RR:
        if not column.times_s:
            raise RecordingError(f"{path}: the column rr_ms needs a column time_s with the time of each beat")
        return rr_signal(path, np.array(column.values), np.array(column.times_s))
    return to_signal(path, column, options.rate_hz(column.modality))


def _intervals(phases: list[tuple[float, str]]) -> tuple[LabelledInterval, ...]:
    """Runs of rows with the same phase; each ends where the next begins."""
    runs = [(label, next(group)[0]) for label, group in groupby(phases, key=lambda p: p[1])]
    ends_s = [start_s for _, start_s in runs[1:]] + ([phases[-1][0]] if phases else [])
    return tuple(
        LabelledInterval(label=label, start_s=start_s, end_s=end_s)
        for (label, start_s), end_s in zip(runs, ends_s, strict=True)
        if label and end_s > start_s
    )


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RecordingError(
            f"{path}: line {line}, column {column}: {text.strip()[:40]!r} is not a number; "
            "leave the cell empty where a sample is missing"
        ) from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
