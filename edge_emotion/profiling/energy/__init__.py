"""Energy: meters behind one protocol, and what their readings come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFacts:
    """What a reader must know about a meter.

    Parameters
    ----------
    name
        As chosen by ``--meter``, with the device.
    scope
        Which rails it sees.
    highest_hz
        It is not asked more often.
    uncertainty
        Share of a reading, by the maker's documentation; ``None`` where nobody says.
    uncertainty_source
        Who says so.
    """

    name: str
    scope: str
    highest_hz: float
    uncertainty: float | None = None
    uncertainty_source: str = "unknown"


class PowerMeter(Protocol):
    """Tells power at a moment; the sampler integrates it."""

    @property
    def facts(self) -> MeterFacts: ...

    def watts(self) -> float:
        """Power now, in W.

        Raises
        ------
        InputError
            If the meter does not answer, or not with a figure.
        """
        ...


@runtime_checkable
class EnergyMeter(Protocol):
    """Counts energy itself; nothing is lost between two readings."""

    @property
    def facts(self) -> MeterFacts: ...

    def joules(self) -> float:
        """Energy since an arbitrary beginning, in J; never goes back.

        Raises
        ------
        InputError
            If the meter does not answer, or not with a figure.
        """
        ...


Meter = PowerMeter | EnergyMeter
