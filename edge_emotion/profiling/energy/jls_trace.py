"""Recordings of a Joulescope in its own format, JLS 2, by its maker's package (``pip install pyjls``; not among our extras).

It is what its application exports of samples since version 1: a series ``current`` and one ``voltage`` of a source for each
instrument, each with the moment of its first sample (jetperch/pyjoulescope_ui, joulescope_ui/exporter.py and jls_v2.py).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy.trace import Doubles, Trace

MARK = b"jlsfmt"
OLD_MARK = b"\xd3tagfmt"
"""Of JLS 1, which older applications wrote."""
BLOCK_S = 1e-3
BLOCKS_AT_ONCE = 1000
_TICKS_PER_S = 2**30
_SERIES = 0


def is_jls(path: Path) -> bool:
    """Whether a file begins as a recording of either version."""
    with path.open("rb") as file:
        return file.read(len(OLD_MARK)).startswith((MARK, OLD_MARK))


def read_jls(path: Path) -> Trace:
    """Mean power of each millisecond, current times voltage sample by sample; times count from the first sample.

    Raises
    ------
    InputError
        If the package is absent, the file is of version 1 or damaged, or holds no current and voltage.
    """
    with path.open("rb") as file:
        if file.read(len(OLD_MARK)).startswith(OLD_MARK):
            raise InputError(
                f"{path}: is JLS version 1; open it in a newer application and export it, as JLS 2"
            )
    try:
        reader = importlib.import_module("pyjls").Reader(str(path))
    except ImportError:
        raise _unread(
            path, "is a Joulescope's JLS file, and pyjls is not installed: pip install pyjls"
        ) from None
    except RuntimeError as error:  # what pyjls raises for every fault
        raise _unread(path, f"cannot be read by pyjls ({error})") from None
    try:
        rate_hz, blocks = _power(reader, path)
        watts = np.concatenate(list(blocks)) if rate_hz else np.empty(0)
    except RuntimeError as error:
        raise _unread(path, f"cannot be read by pyjls ({error})") from None
    finally:
        reader.close()
    if len(watts) < 2:
        raise InputError(f"{path}: holds {len(watts)} milliseconds of current and voltage; record longer")
    times_s = np.arange(len(watts) + 1) * (_block(rate_hz) / rate_hz)
    known = np.concatenate(([True], np.isfinite(watts)))  # samples that were dropped are nan
    return Trace.of_means(times_s[known], np.concatenate(([0.0], watts))[known])


def _unread(path: Path, why: str) -> InputError:
    return InputError(
        f"{path}: {why}; or record statistics in the Joulescope's application, which are a CSV file"
    )


def _power(reader: Any, path: Path) -> tuple[float, Iterator[Doubles]]:
    """The rate of samples, and mean power of blocks of them."""
    found = [s for s in reader.signals.values() if s.signal_type == _SERIES]
    series = {s.name: s for s in found}
    if len({s.source_id for s in found}) > 1:
        raise InputError(f"{path}: holds recordings of several instruments; export one alone")
    current, voltage = series.get("current"), series.get("voltage")
    if current is None or voltage is None or current.sample_rate != voltage.sample_rate:
        held = ", ".join(f"{s.name} ({s.units}, {s.sample_rate} Hz)" for s in series.values()) or "nothing"
        raise InputError(
            f"{path}: holds {held}; current (A) and voltage (V) at one rate are needed: record both in the application"
        )
    began = [reader.sample_id_to_timestamp(s.signal_id, 0) for s in (current, voltage)]
    skipped = [round((max(began) - ticks) * current.sample_rate / _TICKS_PER_S) for ticks in began]
    block = _block(current.sample_rate)
    whole = min(s.length - skip for s, skip in zip((current, voltage), skipped, strict=True)) // block

    def blocks() -> Iterator[Doubles]:
        for first in range(0, whole, BLOCKS_AT_ONCE):
            count = min(BLOCKS_AT_ONCE, whole - first)
            amps, volts = (
                np.asarray(reader.fsr(s.signal_id, skip + first * block, count * block), np.float64)
                for s, skip in zip((current, voltage), skipped, strict=True)
            )
            yield (amps * volts).reshape(count, block).mean(axis=1)

    return float(current.sample_rate), blocks()


def _block(rate_hz: float) -> int:
    return max(1, round(rate_hz * BLOCK_S))
