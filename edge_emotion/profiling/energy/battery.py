"""A battery that tells its discharge: ``/sys/class/power_supply/*`` (kernel ABI, sysfs-class-power; uW, uA, uV, uWh, uAh)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy import MeterFacts
from edge_emotion.profiling.energy.sysfs import number, text

_MICRO = 1e-6
HIGHEST_HZ = 1.0
_NOT_DRAINING = ("Charging", "Full", "Not charging")


class BatteryMeter:
    """One battery; ``power_now``, else ``current_now`` times ``voltage_now``. Drivers differ in the sign of a current."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.facts = MeterFacts(
            name=f"battery {folder.name}",
            scope="the whole machine, as its battery's gauge sees it; gauges average over seconds",
            highest_hz=HIGHEST_HZ,
        )

    def watts(self) -> float:
        """See `edge_emotion.profiling.energy.PowerMeter.watts`; a battery on its charger does not tell the machine's power."""
        status = text(self._folder / "status")
        if status in _NOT_DRAINING:
            raise InputError(
                f"{self._folder.name}: the battery is {status.lower()}; unplug the charger to measure"
            )
        if (self._folder / "power_now").exists():
            return abs(number(self._folder / "power_now")) * _MICRO
        amperes = abs(number(self._folder / "current_now")) * _MICRO
        return amperes * number(self._folder / "voltage_now") * _MICRO

    def capacity_wh(self) -> float | None:
        """What it holds when full, where it tells."""
        if (self._folder / "energy_full").exists():
            return number(self._folder / "energy_full") * _MICRO
        volts = self._folder / "voltage_min_design"
        if (self._folder / "charge_full").exists() and volts.exists():
            return number(self._folder / "charge_full") * _MICRO * number(volts) * _MICRO
        return None


def find_batteries(root: Path) -> Iterator[BatteryMeter]:
    """Batteries of the machine itself, not of a mouse."""
    for folder in sorted((root / "sys/class/power_supply").glob("*")):
        own = text(folder / "type") == "Battery" and text(folder / "scope") != "Device"
        if own and ((folder / "power_now").exists() or (folder / "current_now").exists()):
            yield BatteryMeter(folder)
