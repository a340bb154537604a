"""Traces of external meters as CSV: PPK2, Joulescope, USB meters, and any file with a header that names units.

Formats known from their makers' code or from a recorded file: Power Profiler Kit II (``Timestamp(ms),Current(uA),D0-D7``;
NordicSemiconductor/pc-nrfconnect-ppk), Joulescope UI with a header (``#time (s),current (A),voltage (V)``;
jetperch/pyjoulescope_ui).
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy.trace import Trace

Quantity = Literal["time", "current", "voltage", "power"]

_NAMES: Mapping[Quantity, tuple[str, ...]] = {
    "time": ("time", "timestamp", "elapsed", "t", "seconds"),
    "current": ("current", "i", "amps", "amperage"),
    "voltage": ("voltage", "v", "volts", "bus_voltage", "vbus"),
    "power": ("power", "p", "watts"),
}
_SCALES: Mapping[Quantity, Mapping[str, float]] = {
    "time": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9},
    "current": {"a": 1.0, "ma": 1e-3, "ua": 1e-6, "na": 1e-9},
    "voltage": {"v": 1.0, "mv": 1e-3},
    "power": {"w": 1.0, "mw": 1e-3, "uw": 1e-6},
}
_CELL = re.compile(r"#?\s*([A-Za-z_ ]+?)\s*(?:[(\[]\s*([A-Za-zµμ]+)\s*[)\]])?")
_SUFFIX = re.compile(r"(.+)_([a-z]{1,2})")
MOST_ROWS = 50_000_000
HEADER_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a quantity stands, and what brings it to SI units."""

    index: int
    scale: float


def read_trace(path: Path, volts: float | None = None) -> Trace:
    """Read a trace of power; its times are the file's.

    Parameters
    ----------
    volts
        Supply voltage, for a file that holds current alone.

    Raises
    ------
    InputError
        If it cannot be read, names no time and power, or holds what is no number.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            columns = _header(file, path)
            times_s, watts = _rows(file, path, columns, volts)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a CSV file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not text; export the meter's recording as CSV") from None
    if len(times_s) < 2:
        raise InputError(f"{path}: holds {len(times_s)} readings; at least two are needed")
    return Trace.of_power(times_s, watts)


def _header(file: TextIO, path: Path) -> Mapping[Quantity, Column]:
    for _ in range(HEADER_LINES):
        line = file.readline()
        columns = columns_of(next(csv.reader([line]), []))
        if "time" in columns and ("power" in columns or "current" in columns):
            return columns
    raise InputError(
        f"{path}: no header line names a time and a current or power, with units; "
        "put one before the figures, such as: time (s),current (A),voltage (V)"
    )


def columns_of(cells: list[str]) -> Mapping[Quantity, Column]:
    """Which quantities a header names; a name without a unit is in SI units. The first of two columns counts."""
    found: dict[Quantity, Column] = {}
    for index, cell in enumerate(cells):
        match = _CELL.fullmatch(cell.strip())
        if match is None:
            continue
        name, unit = match[1].strip().lower().replace(" ", "_"), (match[2] or "").lower()
        if not unit and (suffix := _SUFFIX.fullmatch(name)):
            name, unit = suffix[1], suffix[2]
        unit = unit.replace("µ", "u").replace("μ", "u")
        for quantity, names in _NAMES.items():
            scale = _SCALES[quantity].get(unit) if unit else 1.0
            if name in names and scale is not None and quantity not in found:
                found[quantity] = Column(index=index, scale=scale)
    return found


def _rows(
    file: TextIO, path: Path, columns: Mapping[Quantity, Column], volts: float | None
) -> tuple[list[float], list[float]]:
    if "power" not in columns and "voltage" not in columns and volts is None:
        raise InputError(
            f"{path}: holds current without voltage; say the supply's with --volts, such as --volts 5.0"
        )
    times_s: list[float] = []
    watts: list[float] = []
    for number, row in enumerate(csv.reader(file)):
        if not row or number >= MOST_ROWS:
            continue
        values = _values(row, columns, path)
        if any(math.isnan(v) for v in values.values()):  # a Joulescope writes nan where samples were dropped
            continue
        if times_s and values["time"] <= times_s[-1]:
            raise InputError(
                f"{path}: times do not increase after {times_s[-1]:g} s; give one recording in the order of time"
            )
        power = values.get("power")
        if power is None:
            power = values["current"] * values.get("voltage", volts or 0.0)
        times_s.append(values["time"])
        watts.append(power)
    return times_s, watts


def _values(row: list[str], columns: Mapping[Quantity, Column], path: Path) -> dict[Quantity, float]:
    try:
        return {quantity: float(row[c.index]) * c.scale for quantity, c in columns.items()}
    except (ValueError, IndexError):
        raise InputError(
            f"{path}: no reading: {','.join(row)[:80]!r}; every line after the header must hold numbers"
        ) from None
