"""Recordings of a Joulescope, written by its maker's own library."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from pyjls import DataType, SignalType, Writer

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy.csv_trace import read_trace

RATE_HZ = 10_000
UNITS = {"current": "A", "voltage": "V"}
SOURCE = {"vendor": "Jetperch", "model": "JS220", "version": "1", "serial_number": "000001"}
TICKS_PER_S = 2**30
BEGAN_S = 250_000_000
Signals = dict[str, np.ndarray]


def write(
    path: Path, signals: Signals, rates_hz: dict[str, int] | None = None, late: int = 0, instruments: int = 1
) -> Path:
    """As its application exports: a series for each quantity, dated by its first sample; voltage may begin ``late`` samples."""
    with Writer(str(path)) as writer:
        for source_id in range(1, instruments + 1):
            writer.source_def(source_id=source_id, name=f"JS220-{source_id:06}", **SOURCE)
        for number, (name, values) in enumerate(signals.items(), 1):
            writer.signal_def(
                signal_id=number,
                source_id=1 + number % instruments,
                signal_type=SignalType.FSR,
                data_type=DataType.F32,
                sample_rate=(rates_hz or {}).get(name, RATE_HZ),
                name=name,
                units=UNITS[name],
            )
            skip = late if name == "voltage" else 0
            writer.utc(number, 0, BEGAN_S * TICKS_PER_S + skip * TICKS_PER_S // RATE_HZ)
            writer.fsr_f32(number, 0, values[skip:].astype(np.float32))
    return path


def session() -> Signals:
    """A second at rest and a second of work that alternates faster than a millisecond."""
    work = np.tile([0.2, 0.8], RATE_HZ // 2)
    return {
        "current": np.concatenate([np.full(RATE_HZ, 0.1), work]),
        "voltage": np.concatenate([np.full(RATE_HZ, 5.0), 5.0 - work]),
    }


def test_power_is_multiplied_before_it_is_averaged(tmp_path: Path) -> None:
    trace = read_trace(write(tmp_path / "trace.jls", session()))
    assert trace.watts(0, 1) == pytest.approx(0.5, rel=1e-6)
    assert trace.watts(1, 2) == pytest.approx((0.2 * 4.8 + 0.8 * 4.2) / 2, rel=1e-6)
    assert trace.sample_hz == pytest.approx(1000, rel=1e-3)


def test_series_that_begin_apart_are_laid_over_each_other(tmp_path: Path) -> None:
    trace = read_trace(write(tmp_path / "trace.jls", session(), late=37))
    late_s = 37 / RATE_HZ
    assert trace.watts(0, 0.99) == pytest.approx(0.5, rel=1e-6)
    assert trace.watts(1.01 - late_s, 1.9) == pytest.approx((0.2 * 4.8 + 0.8 * 4.2) / 2, rel=1e-3)


def test_two_instruments_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="several instruments; export one"):
        read_trace(write(tmp_path / "trace.jls", session(), instruments=2))


def test_dropped_samples_are_no_zeros(tmp_path: Path) -> None:
    signals = session()
    signals["current"][500:700] = np.nan
    trace = read_trace(write(tmp_path / "trace.jls", signals))
    assert trace.watts(0, 1) == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("rates_hz", [{"voltage": 2 * RATE_HZ}, None])
def test_what_cannot_be_multiplied_is_told(tmp_path: Path, rates_hz: dict[str, int] | None) -> None:
    signals = session() if rates_hz else {"current": session()["current"]}
    with pytest.raises(InputError, match=r"holds current \(A, 10000 Hz\).*at one rate are needed"):
        read_trace(write(tmp_path / "trace.jls", signals, rates_hz))


def test_without_the_package_or_of_an_old_version_there_is_a_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "trace.jls", session())
    old = tmp_path / "old.jls"
    old.write_bytes(b"\xd3tagfmt \r\n \n  \x1a\x1c" + bytes(100))
    with pytest.raises(InputError, match="version 1; open it in a newer"):
        read_trace(old)
    monkeypatch.setitem(sys.modules, "pyjls", None)
    with pytest.raises(InputError, match="pip install pyjls; or record statistics"):
        read_trace(path)


def test_a_recording_that_is_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path / "trace.jls", session())
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match="cannot be read by pyjls"):
        read_trace(path)
