"""The script of a simulated session: phases, each with the physiology it drives towards.

A protocol file is TOML::

    [[phase]]
    name = "rest"
    duration_s = 240
    heart_rate_bpm = 73
    rmssd_ms = 50
    scr_per_min = 2

The figures of the built-in protocol are the means of WESAD's baseline, stress and meditation (Schmidt et al., ICMI 2018).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from edge_emotion.errors import InputError
from edge_emotion.intervals import LabelledInterval

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Share = Annotated[float, msgspec.Meta(ge=-0.9, le=10)]


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One stretch of the protocol and the state that the body drifts towards in it.

    Parameters
    ----------
    respiration_hz
        Rate of breathing, which the heart follows (respiratory sinus arrhythmia).
    low_frequency_ratio
        Power of the 0.1 Hz rhythm over that of the respiratory one (LF/HF).
    scr_per_min
        Mean rate of skin-conductance responses; at most 20, since one needs about 3 s to rise and fall.
    scr_amplitude_us
        Median amplitude of a response.
    tonic_rise
        Rise of the skin-conductance level over the person's resting level, as a share of it.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    duration_s: Seconds
    heart_rate_bpm: Annotated[float, msgspec.Meta(ge=35, le=180)] = 73.0
    rmssd_ms: Annotated[float, msgspec.Meta(ge=2, le=150)] = 49.6
    respiration_hz: Annotated[float, msgspec.Meta(ge=0.12, le=0.5)] = 0.24
    low_frequency_ratio: Annotated[float, msgspec.Meta(ge=0, le=20)] = 1.5
    scr_per_min: Annotated[float, msgspec.Meta(ge=0, le=20)] = 2.0
    scr_amplitude_us: Annotated[float, msgspec.Meta(gt=0, le=5)] = 0.15
    tonic_rise: Share = 0.0


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Phases in order, without gaps between them."""

    phase: Annotated[tuple[Phase, ...], msgspec.Meta(min_length=1, max_length=100)]

    @property
    def duration_s(self) -> float:
        """Length of the whole session."""
        return sum(p.duration_s for p in self.phase)

    def intervals(self) -> tuple[LabelledInterval, ...]:
        """When each phase begins and ends."""
        found = []
        start_s = 0.0
        for phase in self.phase:
            end_s = start_s + phase.duration_s
            found.append(LabelledInterval(label=phase.name, start_s=start_s, end_s=end_s))
            start_s = end_s
        return tuple(found)


def default_protocol() -> Protocol:
    """Rest, stress, recovery: fourteen minutes; the rest outlasts the five minutes of the wearer's reference."""
    return Protocol(
        phase=(
            Phase(name="rest", duration_s=420.0),
            Phase(
                name="stress",
                duration_s=240.0,
                heart_rate_bpm=98.7,
                rmssd_ms=31.7,
                respiration_hz=0.3,
                low_frequency_ratio=2.5,
                scr_per_min=9.0,
                scr_amplitude_us=0.3,
                tonic_rise=0.8,
            ),
            Phase(
                name="recovery",
                duration_s=180.0,
                heart_rate_bpm=72.0,
                rmssd_ms=55.0,
                respiration_hz=0.2,
                scr_per_min=2.0,
                tonic_rise=0.1,
            ),
        )
    )


def load_protocol(path: Path) -> Protocol:
    """Read a protocol from TOML.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or holds an unknown key or a figure out of range.
    """
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Protocol)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give the path of a TOML file") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: not a protocol ({error}); it needs [[phase]] tables with name and duration_s, "
            "see the documentation of edge_emotion.simulation.protocol"
        ) from None
