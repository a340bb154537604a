"""RAPL counters of x86 processors: ``/sys/class/powercap/*rapl:N/energy_uj`` (kernel documentation, power/powercap).

They see processor packages, not the machine; since CVE-2020-8694 only root may read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from edge_emotion.profiling.energy import MeterFacts
from edge_emotion.profiling.energy.sysfs import number, text

_UJ_PER_J = 1e6
FASTEST_HZ = 20.0
_PACKAGE = re.compile(r"(intel-)?rapl:[0-9a-f]+")
"""The kernel counts packages in hexadecimal digits: the eleventh is ``intel-rapl:a``."""


class RaplMeter:
    """Sum over packages. A counter that is smaller than before has wrapped once: it is read far more often than it can twice."""

    def __init__(self, zones: Iterable[Path]) -> None:
        self._zones = tuple(zones)
        self._range_uj = [number(z / "max_energy_range_uj") for z in self._zones]
        self._last_uj = [number(z / "energy_uj") for z in self._zones]
        self._total_uj = 0.0
        names = ", ".join(text(z / "name") or z.name for z in self._zones)
        self.facts = MeterFacts(
            name="rapl",
            scope=f"processor only ({names}): no board, no memory unless the maker counts it, no power supply",
            highest_hz=FASTEST_HZ,
        )

    def joules(self) -> float:
        """See `edge_emotion.profiling.energy.EnergyMeter.joules`."""
        for i, zone in enumerate(self._zones):
            now_uj = number(zone / "energy_uj")
            step_uj = now_uj - self._last_uj[i]
            self._total_uj += step_uj if step_uj >= 0 else step_uj + self._range_uj[i]
            self._last_uj[i] = now_uj
        return self._total_uj / _UJ_PER_J


def rapl_zones(root: Path) -> tuple[Path, ...]:
    """Packages; their parts (``rapl:0:1``) are in them, and the copy over memory-mapped registers would count twice."""
    return tuple(
        z for z in sorted((root / "sys/class/powercap").glob("*rapl:*")) if _PACKAGE.fullmatch(z.name)
    )
