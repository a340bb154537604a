"""Skin conductance: a tonic level that follows the phase, and responses of Bateman shape on top of it.

A response is the difference of two exponentials (rise 0.75 s, decay 2 s), scaled to a peak of one; responses come as a Poisson
process with a dead time (Boucsein, Electrodermal Activity, 2nd ed. 2012, for shapes and rates).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge_emotion.simulation.course import COURSE_HZ, Doubles, course_times, follow, lowpass, wander
from edge_emotion.simulation.person import Person
from edge_emotion.simulation.protocol import Protocol
from edge_emotion.types import FloatArray

SKIN_LAG_S = 25.0
RISE_S, DECAY_S = 0.75, 2.0
DEAD_TIME_S = 1.5
PEAK_AFTER_S = math.log(DECAY_S / RISE_S) * RISE_S * DECAY_S / (DECAY_S - RISE_S)
AMPLITUDE_SPREAD = 0.5
DRIFT_SHARE = 0.04
DRIFT_LAG_S = 20.0
NOISE_US = 0.003
FLOOR_US = 0.05
_TAIL_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueScrs:
    """The responses that were put in: arrays of equal length, in order of time."""

    onset_s: Doubles
    peak_s: Doubles
    amplitude_us: Doubles


def responses(protocol: Protocol, person: Person, rng: np.random.Generator) -> TrueScrs:
    """Draw the responses of a session; those whose peak would lie after its end are left out."""
    per_s = np.minimum(follow(protocol, "scr_per_min", 3.0) * person.scr_rate_factor, 20.0) / 60
    median_us = follow(protocol, "scr_amplitude_us", 3.0) * person.scr_amplitude_factor
    hazard = per_s / (1 - per_s * DEAD_TIME_S)
    chance = rng.random(len(hazard))
    onsets: list[float] = []
    amplitudes: list[float] = []
    for i in np.flatnonzero(chance < hazard / COURSE_HZ).tolist():
        time_s = i / COURSE_HZ
        if onsets and time_s - onsets[-1] < DEAD_TIME_S:
            continue
        if time_s + PEAK_AFTER_S >= protocol.duration_s:
            break
        onsets.append(time_s)
        amplitudes.append(float(median_us[i] * np.exp(rng.normal(0, AMPLITUDE_SPREAD))))
    onset_s = np.array(onsets)
    return TrueScrs(onset_s=onset_s, peak_s=onset_s + PEAK_AFTER_S, amplitude_us=np.array(amplitudes))


def conductance(
    protocol: Protocol, scrs: TrueScrs, rate_hz: float, person: Person, rng: np.random.Generator
) -> FloatArray:
    """EDA of shape (duration_s * rate_hz,) in uS: tonic level, responses, white noise; never below `FLOOR_US`."""
    count = int(protocol.duration_s * rate_hz)
    times_s = np.arange(count) / rate_hz
    grid_s = course_times(protocol)
    rise = follow(protocol, "tonic_rise", SKIN_LAG_S)
    # Smoothed twice: a drift must not have wiggles that pass for responses.
    drift = lowpass(lowpass(wander(rng, len(grid_s), 60.0), DRIFT_LAG_S), DRIFT_LAG_S)
    level = person.tonic_us * (1 + rise + DRIFT_SHARE * drift)
    total = np.interp(times_s, grid_s, level)
    for onset_s, amplitude_us in zip(scrs.onset_s.tolist(), scrs.amplitude_us.tolist(), strict=True):
        first = math.ceil(onset_s * rate_hz)
        last = min(count, int((onset_s + _TAIL_S) * rate_hz) + 1)
        total[first:last] += amplitude_us * bateman(times_s[first:last] - onset_s)
    return np.maximum(total + rng.normal(0, NOISE_US, count), FLOOR_US).astype(np.float32)


def bateman(since_onset_s: Doubles) -> Doubles:
    """Shape of one response, peak 1 at `PEAK_AFTER_S`; times must not be negative."""
    peak = math.exp(-PEAK_AFTER_S / DECAY_S) - math.exp(-PEAK_AFTER_S / RISE_S)
    shape: Doubles = (np.exp(-since_onset_s / DECAY_S) - np.exp(-since_onset_s / RISE_S)) / peak
    return shape
