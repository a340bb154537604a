"""Which meter: by name, or the best that is there."""

from __future__ import annotations

from pathlib import Path

from edge_emotion.errors import InputError, UsageError
from edge_emotion.profiling.context import ROOT
from edge_emotion.profiling.energy import EnergyMeter, Meter
from edge_emotion.profiling.energy.battery import find_batteries
from edge_emotion.profiling.energy.hwmon import find_hwmon
from edge_emotion.profiling.energy.joulescope import open_joulescope
from edge_emotion.profiling.energy.pmic import find_pmic
from edge_emotion.profiling.energy.rapl import RaplMeter, rapl_zones

NAMES = ("auto", "none", "hwmon", "pmic", "rapl", "battery", "joulescope", "external", "csv:FILE")


def choose_meter(name: str, root: Path = ROOT) -> Meter | None:
    """The meter of that name; of ``auto`` the first that can be read, ``None`` where there is none.

    Raises
    ------
    UsageError
        If no meter has that name, or the named one is not on this machine.
    InputError
        If it is there and refuses.
    """
    if name == "none":
        return None
    if name == "auto":
        return _first_readable(root)
    if name == "joulescope":
        return open_joulescope()
    if name not in ("hwmon", "pmic", "rapl", "battery"):
        raise UsageError(f"--meter {name!r}: allowed: {', '.join(NAMES)}")
    found = _named(name, root)
    if found is None:
        raise UsageError(
            f"--meter {name}: this machine has none; 'auto' takes what there is, 'external' marks phases for a meter outside"
        )
    return found


def _named(name: str, root: Path) -> Meter | None:
    if name == "hwmon":
        return next(find_hwmon(root), None)
    if name == "pmic":
        return find_pmic()
    if name == "battery":
        return next(find_batteries(root), None)
    zones = rapl_zones(root)
    return RaplMeter(zones) if zones else None


def _first_readable(root: Path) -> Meter | None:
    """What sees the whole board before what sees parts of it."""
    for name in ("hwmon", "pmic", "battery", "rapl"):
        try:
            meter = _named(name, root)
            if meter is not None:
                _ = meter.joules() if isinstance(meter, EnergyMeter) else meter.watts()
                return meter
        except InputError:  # there but not readable, as RAPL for users: the next one
            continue
    return None
