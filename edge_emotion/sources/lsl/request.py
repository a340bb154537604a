"""Which stream is wanted, as what, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_emotion.errors import UsageError
from edge_emotion.types import Modality

FACTORS: Mapping[Modality, Mapping[str, float]] = {
    Modality.ECG: {
        **dict.fromkeys(("mv", "millivolt", "millivolts"), 1.0),
        **dict.fromkeys(("uv", "µv", "μv", "microvolt", "microvolts", "-6"), 1e-3),
        **dict.fromkeys(("v", "volt", "volts"), 1e3),
    },
    Modality.EDA: {
        **dict.fromkeys(("us", "µs", "μs", "microsiemens", "-6"), 1.0),
        **dict.fromkeys(("ns", "nanosiemens"), 1e-3),
        **dict.fromkeys(("s", "siemens"), 1e6),
    },
    Modality.BVP: {},
    Modality.RR: {
        **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1.0),
        **dict.fromkeys(("s", "second", "seconds"), 1e3),
    },
}
"""Units by modality, and what makes them this project's; -6 is how LSL may write micro; BVP has no unit."""

FORM = "MODALITY=NAME[/CHANNEL][:UNIT], as in eda=EmotiBit/EDA:uS"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRequest:
    """A stream to be read.

    Parameters
    ----------
    name
        The stream's name, or its type where no stream has that name.
    channel
        Label of the channel; ``None`` for the only one, or the one that is labelled like the modality.
    unit
        ``None`` for what the stream says of itself.
    """

    modality: Modality
    name: str
    channel: str | None = None
    unit: str | None = None

    @classmethod
    def parse(cls, text: str) -> StreamRequest:
        """Read ``ecg=NAME``, ``eda=NAME/CHANNEL``, ``ecg=NAME:uV``.

        Raises
        ------
        UsageError
            If it has another form, or the unit is none of the modality.
        """
        kind, _, rest = text.partition("=")
        if kind not in FACTORS or not rest:
            raise UsageError(f"--stream {text!r}: give {FORM}; modalities: {', '.join(FACTORS)}")
        modality = Modality(kind)
        path, colon, unit = rest.rpartition(":")
        if not colon:
            path, unit = rest, ""
        elif unit.lower() not in FACTORS[modality]:
            allowed = ", ".join(FACTORS[modality]) or "none: a pulse wave has no unit"
            raise UsageError(f"--stream {text!r}: unknown unit {unit!r}; units of {kind}: {allowed}")
        name, _, channel = path.partition("/")
        return cls(modality=modality, name=name, channel=channel or None, unit=unit or None)

    def __str__(self) -> str:
        return f"{self.modality}={self.name}" + (f"/{self.channel}" if self.channel else "")

    def factor(self, told_unit: str) -> float | None:
        """What a value is multiplied with; ``None`` if neither the request nor the stream names a known unit."""
        known = FACTORS[self.modality]
        return known.get((self.unit or told_unit).strip().lower()) if known else 1.0
