"""Traces as meters write them: the headers, units, delimiters and quirks of the real files, with figures of our own.

Where each format was taken from stands in `edge_emotion.profiling.energy.csv_header`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy.csv_trace import read_trace


@pytest.fixture
def meter(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "trace.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


PPK2_ROWS = "0,100000.000{0}\n0.01,200000.000{0}\n0.02,200000.000{0}\n"


@pytest.mark.parametrize(
    ("fields", "cells"),
    [
        ("", ""),
        (",Bits", ",00000001"),
        (",D0-D7", ",00000001"),
        (",D0,D1,D2,D3,D4,D5,D6,D7", ",1,0,0,0,0,0,0,0"),
    ],
)
def test_power_profiler_kit(meter, fields: str, cells: str):
    path = meter(f"Timestamp(ms),Current(uA){fields}\n{PPK2_ROWS.format(cells)}")
    assert read_trace(path, volts=5.0).energy_j(0, 2e-5) == pytest.approx(5 * (0.15 + 0.2) * 1e-5)
    with pytest.raises(InputError, match="--volts"):
        read_trace(path)


def test_power_profiler_kit_without_its_time(meter):
    with pytest.raises(InputError, match="no header line names a time"):
        read_trace(meter("Current(uA),D0-D7\n100000.000,00000000\n"), volts=5.0)


def test_joulescope_samples_have_nan_where_it_dropped(meter):
    path = meter("#time (s),current (A),voltage (V)\n0,0.5,5.0\n0.001,nan,nan\n0.002,0.5,5.0\n")
    assert read_trace(path).watts(0, 0.002) == pytest.approx(2.5)


@pytest.mark.parametrize("more", ["", ",current_min,current_max"])
def test_joulescope_statistics_are_means_of_what_came_before(meter, more: str):
    cells = ",0.1,0.5" if more else ""
    rows = ((0.0, 1.0, 0.0), (0.5, 2.0, 1.0), (1.0, 4.0, 3.0))
    lines = "".join(f"{t:.1f},{w / 5:g},5,{w:g},0,{j:g}{cells}\n" for t, w, j in rows)
    trace = read_trace(meter(f"#time,current,voltage,power,charge,energy{more}\n{lines}"))
    np.testing.assert_allclose(trace.joules, [j for *_, j in rows])  # as the instrument counted them


def test_joulescope_without_header(meter):
    with pytest.raises(InputError, match="no header line"):
        read_trace(meter("0.000000,0.5,5.0\n0.000001,0.5,5.0\n"))


def test_fnirsi_dates_packets_when_they_come(meter):
    """Four samples a packet; the next one begins before the last one ended, as in its readme."""
    times = (26.775, 26.785, 26.795, 26.805, 26.784, 26.794, 26.804, 26.814)
    rows = "".join(
        f"16575683{t:.3f} {i % 4} 5.00000 0.20000 1.184 1.031 30.500 0.010000 0.002000\n"
        for i, t in enumerate(times)
    )
    head = "\ntimestamp sample_in_packet voltage_V current_A dp_V dn_V temp_C_ema energy_Ws capacity_As\n"
    trace = read_trace(meter(head + rows))
    assert (np.diff(trace.times_s) > 0).all()
    assert trace.watts(1657568326.78, 1657568326.81) == pytest.approx(1.0)


def test_rd_usb_has_a_date_first_and_a_number_later(meter):
    head = (
        "Time,Voltage (V),Current (A),Power (W),Temperature (°C),Data+ (V),Resistance (Ω),"
        "Accumulated power (mWh),Run time (seconds),Unix time"
    )
    rows = [
        f"2026-11-22 03:00:0{int(t)},5.1,0.4,2.04,27,0.02,12.8,{n},{int(t)},{1795316400 + t}"
        for n, t in enumerate((0.1, 0.9, 1.6, 2.3))
    ]
    trace = read_trace(meter("\r\n".join([head, *rows, ""])))
    assert trace.watts(1795316400.5, 1795316402) == pytest.approx(2.04)


def test_a_witrn_has_a_clock_with_milliseconds_behind_a_colon(meter):
    rows = "".join(f"00:01:00:{ms:03d},5000,{ma},0,0,null\n" for ms, ma in ((0, 200), (10, 400), (20, 400)))
    trace = read_trace(
        meter(f"time (HH:MM:SS:MS),voltage (mV),current (mA),D+ (mV), D- (mV),temp (deg)\n{rows}")
    )
    assert trace.energy_j(60.0, 60.02) == pytest.approx((1.5 + 2.0) * 0.01)


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Timestamp(us),Vbus(V),Ibus(A),Power(W),CC1(V)", "{us:.0f},5,0.4,2,0.4"),
        ("monotonic_s,vbus_V,ibus_A,power_instant_W", "{s},5,0.4,2"),
        ("time_ms,voltage_mv,current_ma", "{ms},5000,400"),
        ("Time (s);Voltage (V);Current (mA);Power (mW)", "{s};5,0;400,0;2000,0"),
        ("Elapsed [ms]\tPower [mW]", "{ms}\t2000,5"),
        ("Time(s),Main(mA),Main Voltage(V)", "{s},400,5,"),
        ("seconds,volts,amps", "{s},5,0.4"),
        ("Time (µs),Current (µA),Voltage (V)", "{us},400000,5"),
        ("Time,Power (W)", "2026-11-22T03:00:0{s:.3f}Z,2"),
        ("Time,Power (W)", "00:00:0{s:.3f},2"),
    ],
)
def test_units_are_taken_from_the_header(meter, head: str, row: str):
    lines = "\n".join(row.format(s=s, ms=1e3 * s, us=1e6 * s) for s in (0.0, 0.5, 1.0))
    trace = read_trace(meter(f"{head}\n{lines}\n"))
    assert trace.times_s[-1] - trace.times_s[0] == pytest.approx(1.0)
    assert trace.joules[-1] == pytest.approx(2.0, rel=1e-3)


def test_readings_of_one_second_are_one(meter):
    path = meter("time (s),power (W)\n0,1\n1,2\n1,4\n2,1\n")
    assert read_trace(path).energy_j(0, 2) == pytest.approx((1 + 3) / 2 + (3 + 1) / 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("timestamp,bus_voltage,current\n0,5,400\n1,5,400\n", "'current' no unit.*current \\(mA\\)"),
        ("time (s),current (A),voltage\n0,1,5000\n1,1,5000\n", "'voltage' no unit"),
        ("time (s),power\n0,2\n1,2\n", "'power' no unit"),
        ("timestamp,power (W)\n0,2\n1000,2\n", "'timestamp' no unit.*timestamp \\(ms\\)"),
        ("Time(ms),Main(mA),Main Voltage(V)\n0.0309,11.5,4\n0.0311,11.2,4\n", "Monsoon.*seconds"),
        ("# voltage,current\n5.0 0.4\n5.0 0.4\n", "no header line names a time"),
        ("1,2,3\n4,5,6\n", "header"),
        ("time (s),power (W)\n0,1\n5,2\n4,2\n", "do not increase after 5 s"),
        ("time (s),power (W)\n0,1\n1,much\n", "no reading"),
        ("time (s),power (W)\n0,1\n1\n", "no reading"),
        ("time (s),power (W)\n0,1\n0,1\n", "at least two"),
        ("time (s),power (W)\n", "at least two"),
        (b"\xff\xfe\x00\x01", "is not text"),
        ("", "header"),
    ],
)
def test_a_trace_that_is_none(meter, content: str | bytes, words: str):
    with pytest.raises(InputError, match=words):
        read_trace(meter(content))
