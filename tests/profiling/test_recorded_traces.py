"""What instruments of others really wrote, a few lines of each, against what they counted themselves.

Joulescope: statistics of its application, 2023-08 (a public plotting script). FNIRSI FNB48: nothing attached, 2022-07 (readme of
baryluk/fnirsi-usb-power-data-logger), and a board with an ESP32, 2026-03 (notes of a public firmware project). Monsoon: 2022-08
(msoon/PyMonsoon, issue 37). Of the Power Profiler Kit II one line was to be had, of a recording at a low rate (a public analysis
script): its times are whole milliseconds and begin when sampling did; the other lines here continue it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy.csv_trace import read_trace

JOULESCOPE = """\
#time,current,voltage,power,charge,energy
0.0,0.399422,4.74572,1.89553,0,0
0.5,0.400691,4.74479,1.90114,0.200345,0.950568
1.0,0.399392,4.74555,1.89532,0.400042,1.89823
1.5,0.399461,4.74573,1.89572,0.599772,2.84609
2.0,0.399297,4.74579,1.89497,0.799421,3.79357
2.5,0.399307,4.74592,1.89506,0.999074,4.7411
3.0,0.399062,4.74588,1.89389,1.19861,5.68804
3.5,0.399372,4.74576,1.89531,1.39829,6.6357
4.0,0.399149,4.74593,1.89432,1.59787,7.58286
4.5,0.467436,4.69501,2.18967,1.83158,8.67769
5.0,0.460906,4.69969,2.16526,2.06204,9.76032
"""
FNIRSI_HEADER = "timestamp sample_in_packet voltage_V current_A dp_V dn_V temp_C_ema energy_Ws capacity_As"
FNIRSI_IDLE = f"""
{FNIRSI_HEADER}
1657568326.775 0 0.00000 0.00011 1.184 1.031 30.500 0.000000 0.000001
1657568326.785 1 0.00000 0.00000 1.184 1.033 30.500 0.000000 0.000001
1657568326.795 2 0.00000 0.00011 1.184 1.030 30.500 0.000000 0.000002
1657568326.805 3 0.00000 0.00000 1.184 1.031 30.500 0.000000 0.000002
1657568326.784 0 0.00000 0.00011 1.185 1.032 30.500 0.000000 0.000003
1657568326.794 1 0.00000 0.00000 1.184 1.029 30.500 0.000000 0.000003
1657568326.804 2 0.00000 0.00000 1.184 1.029 30.500 0.000000 0.000003
1657568326.814 3 0.00000 0.00000 1.188 1.042 30.500 0.000000 0.000003
"""
FNIRSI_BOARD = f"""
{FNIRSI_HEADER}
1774531584.029 0 5.02325 0.05776 3.035 0.072 28.200 0.002901 0.000578
1774531584.039 1 5.02325 0.05801 3.036 0.071 28.200 0.005815 0.001158
1774531584.049 2 5.02325 0.05751 3.036 0.071 28.200 0.008704 0.001733
"""
MONSOON = """\
Time(ms)	Main(mA)	Main Voltage(V)
0.030971766	11.49389286	3.99175
0.030971766	11.2022857	3.9925
0.030971766	10.9536426	3.99325
"""


@pytest.fixture
def recorded(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "trace.csv"
        path.write_text(text)
        return path

    return write


def test_a_joulescope_s_statistics_come_to_the_energy_that_it_counted(recorded):
    counted = [float(line.split(",")[-1]) for line in JOULESCOPE.splitlines()[1:]]
    np.testing.assert_allclose(read_trace(recorded(JOULESCOPE)).joules, counted, atol=2e-5)


def test_an_fnb48_with_nothing_attached_dates_its_second_packet_before_the_end_of_its_first(recorded):
    trace = read_trace(recorded(FNIRSI_IDLE))
    assert (np.diff(trace.times_s) > 0).all()
    assert trace.times_s[-1] - trace.times_s[0] == pytest.approx(0.039, abs=1e-4)
    assert not trace.joules.any()


def test_an_fnb48_s_board_takes_the_energy_that_it_counted(recorded):
    trace = read_trace(recorded(FNIRSI_BOARD))
    assert trace.joules[-1] == pytest.approx(
        0.008704 - 0.002901, rel=0.003
    )  # it adds up, here are trapezoids


def test_a_monsoon_s_time_is_refused(recorded):
    with pytest.raises(InputError, match=r"Monsoon.*seconds"):
        read_trace(recorded(MONSOON))


def test_a_power_profiler_kit_at_a_low_rate_has_whole_milliseconds(recorded):
    lines = "570,0.037,00000000\n580,0.037,0X000000\n590,0.037,00000000\n"
    trace = read_trace(recorded(f"Timestamp(ms),Current(uA),D0-D7\n{lines}"), volts=3.0)
    assert trace.joules[-1] == pytest.approx(3.0 * 0.037e-6 * 0.02)
