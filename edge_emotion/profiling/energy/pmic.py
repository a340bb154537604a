"""The power management chip of a Raspberry Pi 5: ``vcgencmd pmic_read_adc``.

Twelve rails have a current and a voltage; EXT5V and BATT a voltage alone. What hangs on 5 V (USB, HAT, NVMe) is not seen. A
reading starts a process, so at most 10 a second, and never in a run whose times are used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from edge_emotion.errors import InputError
from edge_emotion.profiling.energy import MeterFacts
from edge_emotion.profiling.vcgencmd import ask

QUESTION = "pmic_read_adc"
HIGHEST_HZ = 10.0
# Two forms in the field: "VDD_CORE_A current(7)=0.94657990A", and without the word between.
_LINE = re.compile(r"^\s*(\w+)_([AV])\s*(?:(?:current|volt)\(\d+\))?=\s*([0-9.]+)[AV]\s*$", re.MULTILINE)


class PmicMeter:
    """Sum over the rails."""

    facts = MeterFacts(
        name="pmic",
        scope="the Pi 5's twelve rails behind its power chip; not the chip's losses, not what hangs on 5 V (USB, HAT, NVMe)",
        highest_hz=HIGHEST_HZ,
        uncertainty_source="no accuracy is published; one board's wall power was 1.1451 P + 0.5879 W (jfikar/RPi5-power)",
    )

    def __init__(self, asked: Callable[[str], str | None] = ask) -> None:
        self._ask = asked

    def watts(self) -> float:
        """See `edge_emotion.profiling.energy.PowerMeter.watts`."""
        told = self._ask(QUESTION)
        if told is None:
            raise InputError("vcgencmd pmic_read_adc does not answer; this user must be in the group video")
        return sum(rails_w(told).values())


def rails_w(told: str) -> Mapping[str, float]:
    """Power by rail, of those that have both a current and a voltage.

    Raises
    ------
    InputError
        If there is none: another board, or another form of output.
    """
    found: dict[str, dict[str, float]] = {"A": {}, "V": {}}
    for rail, unit, value in _LINE.findall(told):
        found[unit][rail] = float(value)
    both = found["A"].keys() & found["V"].keys()
    if not both:
        first = (told.strip().splitlines() or ["nothing"])[0][:80]
        raise InputError(
            f"vcgencmd pmic_read_adc named no rail with current and voltage: {first!r}; only a Pi 5 does"
        )
    return {rail: found["A"][rail] * found["V"][rail] for rail in sorted(both)}


def find_pmic() -> PmicMeter | None:
    """The meter, where there is such a chip."""
    told = ask(QUESTION)
    return PmicMeter() if told and _LINE.search(told) else None
