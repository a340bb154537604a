"""What differs between people: no two hearts and no two hands are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Traits that scale a protocol's figures; the defaults are a person who follows it to the letter.

    Parameters
    ----------
    heart_rate_offset_bpm
        Added to every phase's heart rate.
    rmssd_factor, scr_rate_factor, scr_amplitude_factor
        Multiply the phase's figures.
    tonic_us
        Resting skin-conductance level.
    r_wave_mv
        Height of the R wave.
    """

    heart_rate_offset_bpm: float = 0.0
    rmssd_factor: float = 1.0
    scr_rate_factor: float = 1.0
    scr_amplitude_factor: float = 1.0
    tonic_us: float = 4.0
    r_wave_mv: float = 1.0

    @classmethod
    def drawn(cls, seed: int) -> Person:
        """A person at random; the same seed is the same person."""
        rng = np.random.default_rng([seed, 0])
        return cls(
            heart_rate_offset_bpm=float(np.clip(rng.normal(0, 5), -12, 12)),
            rmssd_factor=_spread(rng, 0.2),
            scr_rate_factor=_spread(rng, 0.15),
            scr_amplitude_factor=_spread(rng, 0.25),
            tonic_us=4.0 * _spread(rng, 0.3),
            r_wave_mv=_spread(rng, 0.2),
        )


def _spread(rng: np.random.Generator, sd: float) -> float:
    """A log-normal factor around 1, cut at two standard deviations."""
    return float(np.exp(np.clip(rng.normal(0, sd), -2 * sd, 2 * sd)))
