"""Traces of external meters as CSV: any file whose header names units, and what known meters write without (`csv_header`)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy.csv_header import Column, Header, cells_of, header_of, no_unit
from edge_emotion.profiling.energy.jls_trace import is_jls, read_jls
from edge_emotion.profiling.energy.trace import Trace

MOST_ROWS = 50_000_000
HEADER_LINES = 20
MOST_BACK_S = 0.1
"""A logger that dates packets by the moment at which they came dates some of their samples before others."""
_CLOCK = re.compile(r"(\d{1,3}):([0-5]?\d):([0-5]?\d)(?:([.:,])(\d{1,6}))?")
_MS_DIGITS = 1e-3


def read_trace(path: Path, volts: float | None = None) -> Trace:
    """Read a trace of power; its times are the file's. A Joulescope's own JLS is recognised by its first bytes.

    Parameters
    ----------
    volts
        Supply voltage, for a file that holds current alone.

    Raises
    ------
    InputError
        If it cannot be read, names no time and power with units, or holds what is no number.
    """
    try:
        if is_jls(path):
            return read_jls(path)
        with path.open(newline="", encoding="utf-8-sig") as file:
            header = _header(file, path)
            readings = np.array(list(islice(_rows(file, path, header, volts), MOST_ROWS)), np.float64)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a CSV file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not text; export the meter's recording as CSV") from None
    times_s, watts = _in_order(readings.reshape(-1, 2), path)
    if len(times_s) < 2:
        raise InputError(f"{path}: holds readings at {len(times_s)} times; at least two are needed")
    return Trace.of_means(times_s, watts) if header.means else Trace.of_power(times_s, watts)


def _header(file: TextIO, path: Path) -> Header:
    for _ in range(HEADER_LINES):
        if (header := header_of(file.readline(), path)) is not None:
            return header
    raise InputError(
        f"{path}: no header line names a time and a current or power, with units; "
        "put one before the figures, such as: time (s),current (A),voltage (V)"
    )


def _rows(file: TextIO, path: Path, header: Header, volts: float | None) -> Iterator[tuple[float, float]]:
    """Time in s and power in W, line by line."""
    columns = header.columns
    power, current, voltage = columns.get("power"), columns.get("current"), columns.get("voltage")
    if power is None and voltage is None and volts is None:
        raise InputError(
            f"{path}: holds current without voltage; say the supply's with --volts, such as --volts 5.0"
        )
    for line in file:
        row = cells_of(line.strip(), header.delimiter)
        if not row:
            continue
        try:
            time_s = _seconds(row[columns["time"].index], columns["time"], path)
            if power is not None:
                watts = _number(row, power, header)
            elif current is not None:
                watts = _number(row, current, header) * (
                    _number(row, voltage, header) if voltage else volts or 0.0
                )
        except (ValueError, IndexError):
            raise InputError(
                f"{path}: no reading: {line.strip()[:80]!r}; every line after the header must hold numbers"
            ) from None
        if not math.isnan(watts):  # a Joulescope writes nan where samples were dropped
            yield time_s, watts


def _number(row: list[str], column: Column, header: Header) -> float:
    cell = row[column.index]
    # Where semicolons or tabs stand between cells, a comma is a decimal sign.
    return float(cell.replace(",", ".") if header.delimiter in ";\t" else cell) * (column.scale or 1.0)


def _seconds(cell: str, column: Column, path: Path) -> float:
    """A number with its column's unit, a clock, or a date."""
    text = cell.strip()
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, whole, sign, digits = clock.groups()
        part = int(digits) * _MS_DIGITS if sign == ":" else float(f"0.{digits or 0}")
        return 3600.0 * int(hours) + 60.0 * int(minutes) + int(whole) + part
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if column.scale is None:
        raise no_unit(column.name, "time", path)
    return number * column.scale


def _in_order(
    readings: np.ndarray[tuple[int, int], np.dtype[np.float64]], path: Path
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Times that increase, and their power: readings of one time are one, their mean.

    Raises
    ------
    InputError
        If time jumps back: what was between is not known.
    """
    times_s, watts = readings[:, 0], readings[:, 1]
    back = np.flatnonzero(np.diff(times_s) < -MOST_BACK_S)
    if len(back):
        raise InputError(
            f"{path}: times do not increase after {times_s[back[0]]:g} s; give one recording in the order of time"
        )
    unique_s, place, count = np.unique(times_s, return_inverse=True, return_counts=True)
    return unique_s, np.bincount(place, watts, len(unique_s)) / count
