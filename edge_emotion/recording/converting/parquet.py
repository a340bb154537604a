"""Parquet through pyarrow: a file for each signal and each kind of event, in the columns of the CSV tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edge_emotion.errors import MissingExtraError
from edge_emotion.recording.converting.channels import UNIT, channels
from edge_emotion.recording.converting.tables import event_tables
from edge_emotion.recording.gathering import Gathered
from edge_emotion.sources.replay.recording import Signal


def write_parquet(out: Path, gathered: Gathered) -> None:
    """Write a folder: ``signal_ecg.parquet`` and so on with ``time_s``, and the event tables.

    Rate, unit and the session's start stand in each file's metadata. What is missing is null.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    MissingExtraError
        If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise MissingExtraError("pyarrow", "parquet") from None
    out.mkdir()
    for signal in gathered.recording.signals:
        facts = {
            "session": gathered.header.session,
            "start_unix_ns": str(gathered.unix_ns),
            "unit": UNIT[signal.modality],
            "rate_hz": "" if signal.rate_hz is None else repr(signal.rate_hz),
        }
        table = pa.table(_columns(pa, signal)).replace_schema_metadata(facts)
        pq.write_table(table, out / f"signal_{signal.modality}.parquet")
    for name, (columns, rows) in event_tables(gathered).items():
        cells = list(zip(*rows, strict=True)) or [()] * len(columns)
        values = {column: [_cell(v) for v in of] for column, of in zip(columns, cells, strict=True)}
        pq.write_table(pa.table(values), out / f"{name}.parquet")


def _columns(pa: Any, signal: Signal) -> dict[str, Any]:
    rate_hz = signal.rate_hz or 1.0
    regular = signal.start_s + np.arange(len(signal.values)) / rate_hz
    times = {"time_s": regular if signal.times_s is None else signal.times_s}
    # pyarrow takes NaN for a number unless told otherwise.
    values = {
        name.lower().replace(" ", "_"): pa.array(column, from_pandas=True)
        for name, column in channels(signal)
    }
    return times | values


def _cell(value: object) -> object:
    """Enumerations as their text, what is not known as null."""
    if value is None or value != value:
        return None
    return str(value) if isinstance(value, str) else value
