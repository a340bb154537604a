"""Each meter against the form in which it really answers, or, where no recording could be had, against its documentation.

Recorded: PMIC (a Pi 5 while idle, 2026-09, from a public dashboard's tests), battery (Galaxy Book4 Edge, from a public driver's
notes), hwmon (an INA219 of a Raspberry Pi's UPS while it ran on battery, networkupstools/nut issue 2960; an INA260 of a Kria
module, shown by its own tool as 3100 mW, 616 mA, 5017 mV; an INA226 of a ZCU102 on the Linux mailing list, 1.150 W, 1.361 A,
0.848 V), RAPL (an Intel machine, prometheus/procfs testdata). Documented: the INA226's interval (hwmon/ina2xx). Traces of other
instruments: `test_recorded_traces`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import InputError, UsageError
from edge_emotion.profiling.energy.battery import find_batteries
from edge_emotion.profiling.energy.choosing import choose_meter
from edge_emotion.profiling.energy.hwmon import find_hwmon
from edge_emotion.profiling.energy.joulescope import JoulescopeMeter
from edge_emotion.profiling.energy.pmic import PmicMeter, rails_w
from edge_emotion.profiling.energy.rapl import RaplMeter, rapl_zones

PMIC = """\
 3V7_WL_SW_A current(0)=0.07709848A
   3V3_SYS_A current(1)=0.04782057A
   1V8_SYS_A current(2)=0.11515970A
  DDR_VDD2_A current(3)=0.00780744A
  DDR_VDDQ_A current(4)=0.00000000A
   1V1_SYS_A current(5)=0.17664330A
    0V8_SW_A current(6)=0.33084030A
  VDD_CORE_A current(7)=0.94657990A
   3V3_DAC_A current(17)=0.00146520A
   3V3_ADC_A current(18)=0.00140415A
   0V8_AON_A current(16)=0.00494505A
      HDMI_A current(22)=0.01697190A
 3V7_WL_SW_V volt(8)=3.69049700V
   3V3_SYS_V volt(9)=3.29982600V
   1V8_SYS_V volt(10)=1.79633500V
  DDR_VDD2_V volt(11)=1.10805800V
  DDR_VDDQ_V volt(12)=0.60329610V
   1V1_SYS_V volt(13)=1.10146400V
    0V8_SW_V volt(14)=0.80219700V
  VDD_CORE_V volt(15)=0.72097620V
   3V3_DAC_V volt(20)=3.30402600V
   3V3_ADC_V volt(21)=3.29670000V
   0V8_AON_V volt(19)=0.79941320V
      HDMI_V volt(23)=5.11612000V
     EXT5V_V volt(24)=5.11478000V
      BATT_V volt(25)=0.01880340V
"""
GALAXY_BOOK = {
    "type": "Battery",
    "status": "Discharging",
    "voltage_min_design": "15520000",
    "voltage_now": "17510000",
    "charge_full": "3900000",
}

INA219_OF_A_UPS = {
    "name": "ina219",
    "in0_input": "-4",
    "in1_input": "4228",
    "curr1_input": "-40",
    "power1_input": "176000",
    "shunt_resistor": "100000",
}
INA260_OF_A_MODULE = {
    "name": "ina260_u14",
    "in1_input": "5017",
    "curr1_input": "616",
    "power1_input": "3100000",
}
INA226_OF_A_RAIL = {
    "name": "ina226_u76",
    "in1_input": "7",
    "in2_input": "848",
    "curr1_input": "1361",
    "power1_input": "1150000",
}
INTEL = {
    "intel-rapl:0": {
        "name": "package-0",
        "energy_uj": "240422366267",
        "max_energy_range_uj": "262143328850",
    },
    "intel-rapl:0:0": {
        "name": "core",
        "energy_uj": "118821284256",
        "max_energy_range_uj": "262143328850",
    },
}


def folder(root: Path, path: str, files: dict[str, str]) -> Path:
    made = root / path
    made.mkdir(parents=True)
    for name, content in files.items():
        (made / name).write_text(content + "\n")
    return made


def test_pmic_sums_the_rails_that_have_both():
    rails = rails_w(PMIC)
    assert len(rails) == 12
    assert "EXT5V" not in rails
    assert rails["VDD_CORE"] == pytest.approx(0.94657990 * 0.72097620)
    assert PmicMeter(lambda _: PMIC).watts() == pytest.approx(1.9005, abs=1e-4)


def test_pmic_in_the_shorter_form():
    assert rails_w("VDD_CORE_V=0.8750V\nVDD_CORE_A=1.2340A\n") == {"VDD_CORE": pytest.approx(1.07975)}


@pytest.mark.parametrize("told", ["", 'error=1 error_msg="Command not registered"', "EXT5V_V volt(24)=5.1V"])
def test_pmic_of_another_board_is_refused(told):
    with pytest.raises(InputError, match="only a Pi 5"):
        rails_w(told)


def test_hwmon_reads_microwatts_and_keeps_to_the_chip_s_interval(tmp_path: Path):
    folder(tmp_path, "sys/class/hwmon/hwmon0", {"name": "k10temp", "power1_input": "5000000"})
    folder(tmp_path, "sys/class/hwmon/hwmon1", {"name": "BAT0", "power1_input": "9000000"})
    folder(tmp_path, "sys/class/power_supply/BAT0", GALAXY_BOOK)
    ina = {"name": "ina226", "power1_input": "2250000", "update_interval": "35"}
    folder(tmp_path, "sys/class/hwmon/hwmon3", ina)
    (meter,) = find_hwmon(tmp_path)
    assert (meter.watts(), meter.facts.name) == (2.25, "hwmon ina226")
    assert meter.facts.highest_hz == pytest.approx(1000 / 35)
    assert meter.facts.uncertainty == 0.002


def test_hwmon_of_a_pi_whose_current_flows_the_other_way(tmp_path: Path):
    folder(tmp_path, "sys/class/hwmon/hwmon2", INA219_OF_A_UPS)
    (meter,) = find_hwmon(tmp_path)
    assert meter.watts() == 0.176
    assert meter.watts() == pytest.approx(
        4.228 * 0.040, abs=0.01
    )  # what the same chip told of volts and amperes


@pytest.mark.parametrize(
    ("files", "watts", "uncertainty"),
    [(INA260_OF_A_MODULE, 3.1, None), (INA226_OF_A_RAIL, 1.15, 0.002)],
)
def test_hwmon_knows_a_chip_whose_name_tells_its_place_on_the_board(
    tmp_path: Path, files: dict[str, str], watts: float, uncertainty: float | None
):
    folder(tmp_path, "sys/class/hwmon/hwmon0", {"name": "some_regulator", "power1_input": "5000000"})
    folder(tmp_path, "sys/class/hwmon/hwmon1", files)
    known, other = find_hwmon(tmp_path)
    assert (known.watts(), known.facts.uncertainty) == (watts, uncertainty)
    volts = float(files.get("in2_input", files["in1_input"])) / 1000
    assert known.watts() == pytest.approx(volts * float(files["curr1_input"]) / 1000, abs=0.01)
    assert other.watts() == 5.0


def test_rapl_of_an_intel_machine_counts_its_package_once(tmp_path: Path):
    made = {name: folder(tmp_path, f"sys/class/powercap/{name}", zone) for name, zone in INTEL.items()}
    eleventh = folder(tmp_path, "sys/class/powercap/intel-rapl:a", INTEL["intel-rapl:0"])
    assert rapl_zones(tmp_path) == (made["intel-rapl:0"], eleventh)
    meter = RaplMeter([made["intel-rapl:0"]])
    (made["intel-rapl:0"] / "energy_uj").write_text("240423366267\n")
    assert meter.joules() == pytest.approx(1.0)


def test_rapl_counts_on_over_a_wrap(tmp_path: Path):
    zone = {"name": "package-0", "energy_uj": "262143000000", "max_energy_range_uj": "262143328850"}
    package = folder(tmp_path, "sys/class/powercap/intel-rapl:0", zone)
    folder(tmp_path, "sys/class/powercap/intel-rapl:0:0", {**zone, "name": "core"})
    folder(tmp_path, "sys/class/powercap/intel-rapl-mmio:0", zone)
    zones = rapl_zones(tmp_path)
    assert zones == (package,)
    meter = RaplMeter(zones)
    (package / "energy_uj").write_text("671150\n")
    assert meter.joules() == pytest.approx((328850 + 671150) / 1e6)
    (package / "energy_uj").write_text("1671150\n")
    assert meter.joules() == pytest.approx(2.0)


def test_a_battery_that_drains(tmp_path: Path):
    files = {**GALAXY_BOOK, "current_now": "-450000"}  # some drivers count outflow below zero
    folder(tmp_path, "sys/class/power_supply/bat", files)
    folder(tmp_path, "sys/class/power_supply/mouse", {**files, "scope": "Device"})
    (meter,) = find_batteries(tmp_path)
    assert meter.watts() == pytest.approx(0.45 * 17.51)
    assert meter.capacity_wh() == pytest.approx(3.9 * 15.52)


def test_a_battery_on_its_charger_measures_nothing(tmp_path: Path):
    folder(tmp_path, "sys/class/power_supply/bat", {**GALAXY_BOOK, "status": "Full", "current_now": "0"})
    with pytest.raises(InputError, match="unplug"):
        next(find_batteries(tmp_path)).watts()


def test_auto_takes_the_board_before_the_processor(tmp_path: Path):
    zone = {"name": "package-0", "energy_uj": "1", "max_energy_range_uj": "9"}
    folder(tmp_path, "sys/class/powercap/intel-rapl:0", zone)
    folder(tmp_path, "sys/class/hwmon/hwmon1", {"name": "ina260", "power1_input": "1000000"})
    chosen = choose_meter("auto", tmp_path)
    assert chosen is not None
    assert chosen.facts.name == "hwmon ina260"


def test_auto_passes_over_a_meter_that_does_not_answer(tmp_path: Path):
    folder(tmp_path, "sys/class/hwmon/hwmon1", {"name": "ina219", "power1_input": "broken"})
    assert choose_meter("auto", tmp_path) is None


@pytest.mark.parametrize("name", ["hwmon", "rapl", "battery", "psychic"])
def test_a_named_meter_that_is_not_there(tmp_path: Path, name: str):
    with pytest.raises(UsageError, match="--meter"):
        choose_meter(name, tmp_path)


def test_joulescope_multiplies_before_it_averages():
    block = np.array([[1.0, 5.0], [np.nan, np.nan], [0.0, 3.0]])
    assert JoulescopeMeter(lambda contiguous_duration: block).watts() == 2.5


def test_joulescope_without_samples():
    with pytest.raises(InputError, match="no samples"):
        JoulescopeMeter(lambda contiguous_duration: np.empty((0, 2))).watts()
