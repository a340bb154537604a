"""Which sensor is wanted: a kind, and a name or address where there are several of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge_emotion.errors import UsageError
from edge_emotion.types import Modality, Role
from edge_emotion_bridge import uuids


class SensorKind(StrEnum):
    """Sensors that this source can read."""

    POLAR_H10 = "polar-h10"
    """ECG at 130 Hz over Polar Measurement Data, heart rate, battery."""
    MOVESENSE = "movesense"
    """ECG at 125 to 512 Hz over Movesense's GATT SensorData Protocol, heart rate, battery."""
    HEART_RATE = "heart-rate"
    """Any strap with the Heart Rate service: RR intervals only."""
    OPEN_EDA = "open-eda"
    """Skin conductance over this project's open profile; ECG on the same clock where the device has it."""


SIGNALS_OF: Mapping[SensorKind, Mapping[Role, Modality]] = {
    SensorKind.POLAR_H10: {Role.CARDIAC: Modality.ECG},
    SensorKind.MOVESENSE: {Role.CARDIAC: Modality.ECG},
    SensorKind.HEART_RATE: {Role.CARDIAC: Modality.RR},
    SensorKind.OPEN_EDA: {Role.EDA: Modality.EDA, Role.CARDIAC: Modality.ECG},
}
"""What each kind can deliver, its main signal first."""

# Neither has room for its service's UUID in an advertisement: only the name tells them from other straps.
ADVERTISED_NAME: Mapping[SensorKind, str] = {
    SensorKind.POLAR_H10: "Polar H10",
    SensorKind.MOVESENSE: "Movesense",
}

ADVERTISED_SERVICE: Mapping[SensorKind, str] = {
    SensorKind.HEART_RATE: uuids.HEART_RATE_SERVICE,
    SensorKind.OPEN_EDA: uuids.OPEN_EDA_SERVICE,
}


SERIAL_MARK = "serial:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRequest:
    """A sensor to be found and read.

    Parameters
    ----------
    kind
        What it is; decides how it is read.
    identity
        Its advertised name or its address, in any case; ``None`` for the first one heard.
    serial
        Its serial number, where neither name nor address tell it from others; ``None`` for any.
    rate_hz
        Wanted sampling rate where the sensor has a choice; ``None`` for its own preference.
    roles
        What it is to deliver; empty for its main signal alone.
    """

    kind: SensorKind
    identity: str | None = None
    serial: str | None = None
    rate_hz: float | None = None
    roles: tuple[Role, ...] = ()

    @classmethod
    def parse(cls, text: str, roles: tuple[Role, ...] = ()) -> SensorRequest:
        """Read ``kind``, ``kind=name-or-address`` or ``kind=serial:number``.

        Raises
        ------
        UsageError
            If the kind is unknown, or cannot play a role.
        """
        kind, _, identity = text.partition("=")
        if kind not in tuple(SensorKind):
            raise UsageError(
                f"unknown sensor {text!r}; allowed: {', '.join(SensorKind)}, "
                "each alone (the first one heard) or as kind=name, kind=address or kind=serial:number"
            )
        for role in roles:
            if role not in SIGNALS_OF[SensorKind(kind)]:
                able = ", ".join(other for other, signals in SIGNALS_OF.items() if role in signals)
                raise UsageError(f"{text} has no {role} signal; allowed: {able}")
        if identity.startswith(SERIAL_MARK):
            return cls(kind=SensorKind(kind), serial=identity.removeprefix(SERIAL_MARK) or None, roles=roles)
        return cls(kind=SensorKind(kind), identity=identity or None, roles=roles)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What the sensor will deliver."""
        signals = SIGNALS_OF[self.kind]
        return tuple(signals[role] for role in self.roles or tuple(signals)[:1])

    def __str__(self) -> str:
        if self.serial:
            return f"{self.kind}={SERIAL_MARK}{self.serial}"
        return f"{self.kind}={self.identity}" if self.identity else str(self.kind)

    def matches(self, name: str | None, address: str, services: list[str]) -> bool:
        """Whether an advertisement is of the wanted sensor."""
        if self.identity is not None:
            return self.identity.lower() in ((name or "").lower(), address.lower())
        if self.kind in ADVERTISED_NAME:
            return (name or "").startswith(ADVERTISED_NAME[self.kind])
        return ADVERTISED_SERVICE[self.kind] in services
