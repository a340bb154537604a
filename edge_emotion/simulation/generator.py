"""One simulated session: signals and the truth about them. For tests and the demo, never for accuracy claims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import UsageError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.simulation.heart import beat_times, ecg_wave
from edge_emotion.simulation.person import Person
from edge_emotion.simulation.protocol import Protocol, default_protocol
from edge_emotion.simulation.skin import TrueScrs, conductance, responses
from edge_emotion.types import FloatArray

_BEATS, _ECG, _SCRS, _EDA = 1, 2, 3, 4
LOWEST_ECG_HZ, LOWEST_EDA_HZ, HIGHEST_HZ = 50.0, 2.0, 4000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRecording:
    """Signals that start at 0 s, and what is known about them because they were made.

    Parameters
    ----------
    ecg_mv, eda_us
        Shape (duration_s * rate,), float32.
    beat_time_s
        True R peaks, shape (beats,).
    rr_ms
        Intervals between them, shape (beats - 1,), float32; interval i ends at beat i + 1.
    scrs
        True skin-conductance responses.
    phases
        The protocol's phases as intervals.
    """

    ecg_mv: FloatArray
    ecg_rate_hz: float
    eda_us: FloatArray
    eda_rate_hz: float
    beat_time_s: NDArray[np.float64]
    rr_ms: FloatArray
    scrs: TrueScrs
    phases: tuple[LabelledInterval, ...]
    person: Person


def simulate(
    protocol: Protocol | None = None,
    *,
    seed: int = 0,
    person: Person | None = None,
    ecg_rate_hz: float = 130.0,
    eda_rate_hz: float = 15.0,
) -> SimulatedRecording:
    """Make a session.

    Parameters
    ----------
    protocol
        The script; rest, stress and recovery when ``None``.
    seed
        Same seed, same session, bit for bit on one machine. Beats and responses do not depend on the sampling rates.
    person
        Whose body; drawn from the seed when ``None``.
    ecg_rate_hz, eda_rate_hz
        Sampling rates, 50 to 4000 Hz and 2 to 4000 Hz.

    Raises
    ------
    UsageError
        If a rate is out of range or the seed is negative.
    """
    if not (LOWEST_ECG_HZ <= ecg_rate_hz <= HIGHEST_HZ and LOWEST_EDA_HZ <= eda_rate_hz <= HIGHEST_HZ):
        raise UsageError(
            f"sampling rates given: ECG {ecg_rate_hz:g} Hz, EDA {eda_rate_hz:g} Hz; allowed: "
            f"ECG {LOWEST_ECG_HZ:g} to {HIGHEST_HZ:g} Hz, EDA {LOWEST_EDA_HZ:g} to {HIGHEST_HZ:g} Hz"
        )
    if seed < 0:
        raise UsageError(f"seed given: {seed}; allowed: 0 and above")
    protocol = default_protocol() if protocol is None else protocol
    person = Person.drawn(seed) if person is None else person
    beats_s = beat_times(protocol, person, _stream(seed, _BEATS))
    scrs = responses(protocol, person, _stream(seed, _SCRS))
    return SimulatedRecording(
        ecg_mv=ecg_wave(beats_s, protocol.duration_s, ecg_rate_hz, person, _stream(seed, _ECG)),
        ecg_rate_hz=ecg_rate_hz,
        eda_us=conductance(protocol, scrs, eda_rate_hz, person, _stream(seed, _EDA)),
        eda_rate_hz=eda_rate_hz,
        beat_time_s=beats_s,
        rr_ms=(np.diff(beats_s) * 1000).astype(np.float32),
        scrs=scrs,
        phases=protocol.intervals(),
        person=person,
    )


def _stream(seed: int, part: int) -> np.random.Generator:
    """Each part has its own random numbers, so that changing one leaves the others as they were."""
    return np.random.default_rng([seed, part])
