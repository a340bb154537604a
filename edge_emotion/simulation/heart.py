"""Beats with the variability that a protocol asks for, and the ECG that goes with them.

RR intervals are a mean course plus three parts: respiratory sinus arrhythmia, a 0.1 Hz rhythm and white noise. Their
amplitudes follow from the wanted RMSSD: for a rhythm of amplitude A and frequency f seen once per beat interval T, successive
differences have the mean square 2 (A sin(pi f T))^2; for white noise of standard deviation s it is 2 s^2.

The ECG is a sum of Gaussians around each R peak, one per wave; P and T move with the square root of RR (after McSharry et al.,
IEEE Trans Biomed Eng 2003, 50(3):289-294; here without the dynamical system, since the beats are given).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge_emotion.simulation.course import COURSE_HZ, Doubles, follow, wander
from edge_emotion.simulation.person import Person
from edge_emotion.simulation.protocol import Protocol
from edge_emotion.types import FloatArray

HEART_LAG_S = 8.0
LOW_FREQUENCY_HZ = 0.1
NOISE_SHARE = 0.15
"""Share of the RMSSD's square that is neither breath nor 0.1 Hz rhythm."""

SHORTEST_RR_S, LONGEST_RR_S = 0.3, 2.0
BASELINE_MV = 0.06
NOISE_MV = 0.012


@dataclass(frozen=True, slots=True)
class _Wave:
    """One Gaussian of the ECG, relative to the R peak and the R wave's height."""

    offset_s: float
    width_s: float
    height: float
    moves_with_rr: bool


_WAVES = (
    _Wave(-0.19, 0.022, 0.13, True),  # P
    _Wave(-0.032, 0.010, -0.10, False),  # Q
    _Wave(0.0, 0.011, 1.0, False),  # R
    _Wave(0.032, 0.012, -0.22, False),  # S
    _Wave(0.29, 0.045, 0.28, True),  # T
)
_REACH_S = 0.75


def beat_times(protocol: Protocol, person: Person, rng: np.random.Generator) -> Doubles:
    """Times of the R peaks in seconds, from the first second to the end of the protocol."""
    rate_bpm = follow(protocol, "heart_rate_bpm", HEART_LAG_S) + person.heart_rate_offset_bpm
    rmssd_s = follow(protocol, "rmssd_ms", HEART_LAG_S) * person.rmssd_factor / 1000
    breath_hz = follow(protocol, "respiration_hz", HEART_LAG_S)
    ratio = follow(protocol, "low_frequency_ratio", HEART_LAG_S)
    breath = _rhythm(breath_hz, rng)
    slow = _rhythm(np.full_like(breath_hz, LOW_FREQUENCY_HZ), rng)
    noise = rng.normal(size=int(protocol.duration_s / SHORTEST_RR_S) + 2)
    times = [float(rng.uniform(0.2, 1.0))]
    while times[-1] < protocol.duration_s:
        i = min(int(times[-1] * COURSE_HZ), len(rate_bpm) - 1)
        mean_s = 60 / rate_bpm[i]
        breath_s, slow_s, noise_s = _amplitudes(rmssd_s[i], mean_s, breath_hz[i], ratio[i])
        deviation_s = breath_s * breath[i] + slow_s * slow[i] + noise_s * noise[len(times)]
        times.append(times[-1] + min(max(mean_s + deviation_s, SHORTEST_RR_S), LONGEST_RR_S))
    return np.array(times[:-1])


def ecg_wave(
    beats_s: Doubles, duration_s: float, rate_hz: float, person: Person, rng: np.random.Generator
) -> FloatArray:
    """ECG of shape (duration_s * rate_hz,) in mV: waves around each beat, baseline wander, white noise."""
    count = int(duration_s * rate_hz)
    times_s = np.arange(count) / rate_hz
    clean = np.zeros(count)
    rr_s = np.diff(beats_s, prepend=beats_s[0] - 0.8)
    for beat_s, interval_s in zip(beats_s.tolist(), rr_s.tolist(), strict=True):
        first = max(0, math.ceil((beat_s - _REACH_S) * rate_hz))
        last = min(count, int((beat_s + _REACH_S) * rate_hz) + 1)
        clean[first:last] += _beat(times_s[first:last] - beat_s, math.sqrt(interval_s))
    course_s = np.arange(int(duration_s * COURSE_HZ) + 2) / COURSE_HZ
    baseline = np.interp(times_s, course_s, wander(rng, len(course_s), 2.0))
    ecg = person.r_wave_mv * clean + BASELINE_MV * baseline + rng.normal(0, NOISE_MV, count)
    return ecg.astype(np.float32)


def _beat(offset_s: Doubles, stretch: float) -> Doubles:
    total = np.zeros_like(offset_s)
    for wave in _WAVES:
        scale = stretch if wave.moves_with_rr else 1.0
        total += wave.height * np.exp(
            -0.5 * ((offset_s - wave.offset_s * scale) / (wave.width_s * scale)) ** 2
        )
    return total


def _rhythm(frequency_hz: Doubles, rng: np.random.Generator) -> Doubles:
    """A sine whose rate wanders by a few percent, as breathing does."""
    wandering_hz = frequency_hz * (1 + 0.06 * wander(rng, len(frequency_hz), 15.0))
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.cumsum(wandering_hz) / COURSE_HZ
    return np.sin(phase)


def _amplitudes(rmssd_s: float, rr_s: float, breath_hz: float, ratio: float) -> tuple[float, float, float]:
    """Amplitudes of breath and 0.1 Hz rhythm and standard deviation of the noise for a wanted RMSSD."""
    share_breath = math.sin(math.pi * breath_hz * rr_s) ** 2
    share_slow = ratio * math.sin(math.pi * LOW_FREQUENCY_HZ * rr_s) ** 2
    breath_s = rmssd_s * math.sqrt((1 - NOISE_SHARE) / (2 * (share_breath + share_slow)))
    return breath_s, breath_s * math.sqrt(ratio), rmssd_s * math.sqrt(NOISE_SHARE / 2)
