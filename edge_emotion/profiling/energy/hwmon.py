"""Power monitors under Linux hwmon: INA219, INA220, INA226, INA230, INA231, INA260 and others with ``power1_input``.

Format: kernel documentation, hwmon/ina2xx (power in uW, ``update_interval`` in ms on those that average).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy import MeterFacts
from edge_emotion.profiling.energy.sysfs import number, text

_UW_PER_W = 1e6
FASTEST_HZ = 100.0
_MONITORS = ("ina219", "ina220", "ina226", "ina230", "ina231", "ina260")
# Largest gain errors of shunt and bus voltage together (TI SBOS547B: 0.1 % each). Of the other chips no data sheet was at hand.
_GAIN_ERROR = {"ina226": 0.002}
_INSIDE = ("cpu", "gpu", "soc", "amdgpu", "fam15h_power", "k10temp")


class HwmonMeter:
    """One ``power1_input``."""

    def __init__(self, folder: Path) -> None:
        chip = text(folder / "name") or folder.name
        label = text(folder / "power1_label")
        self._file = folder / "power1_input"
        gain = _GAIN_ERROR.get(_maker_s_name(chip))
        self.facts = MeterFacts(
            name=f"hwmon {chip}",
            scope=f"what flows through the shunt of {folder.name}{f' ({label})' if label else ''}",
            highest_hz=_rate_hz(folder),
            uncertainty=gain,
            uncertainty_source="TI SBOS547B, gain of the chip; offset and the shunt's own tolerance come on top"
            if gain
            else "see the data sheets of chip and shunt",
        )

    def watts(self) -> float:
        """See `edge_emotion.profiling.energy.PowerMeter.watts`."""
        return number(self._file) / _UW_PER_W


def find_hwmon(root: Path) -> Iterator[HwmonMeter]:
    """Those that see more than a processor, those of a known make first."""
    folders = [f for f in sorted((root / "sys/class/hwmon").glob("hwmon*")) if (f / "power1_input").exists()]
    # Batteries appear here too, without telling whether they charge: their own meter knows.
    supplies = {p.name for p in (root / "sys/class/power_supply").glob("*")}
    outside = [f for f in folders if text(f / "name") not in {*_INSIDE, *supplies}]
    for folder in sorted(outside, key=lambda f: _maker_s_name(text(f / "name")) not in _MONITORS):
        yield HwmonMeter(folder)


def _maker_s_name(name: str) -> str:
    """Boards whose chips come through Linux' industrial I/O add the place, such as ``ina260_u14``."""
    return name.partition("_")[0]


def _rate_hz(folder: Path) -> float:
    try:
        interval_ms = number(folder / "update_interval")
    except InputError:  # INA219 has none: it converts in half a millisecond
        return FASTEST_HZ
    return min(FASTEST_HZ, 1000 / interval_ms) if interval_ms > 0 else FASTEST_HZ
