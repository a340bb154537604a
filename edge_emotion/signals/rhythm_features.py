"""Hand features of a minute's beats beyond heart rate and its usual variability: course, texture, and height of the pulse.

The height of a pulse falls when the vessels of the skin narrow, which stress makes them do. Its unit is the sensor's own, so
that only its change against the wearer's rest means something; a strap that sends intervals knows none: those features are
NaN then, and the normaliser takes them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.statistics import (
    ascending,
    log,
    mean,
    quantile,
    row_means,
    row_spreads,
    spread,
    step_slope,
)

Doubles = NDArray[np.float64]

AMPLITUDE_FEATURES = (
    "log_amplitude",
    "log_amplitude_range",
    "amplitude_slope_per_10_beats",
    "log_amplitude_jitter",
)
COURSE_FEATURES = (
    "log_slow_heart_rate_sd_bpm",
    "log_fast_heart_rate_sd_bpm",
    "rr_entropy_nats",
    "rr_lag1_correlation",
    "median_heart_rate_bpm",
    "low_heart_rate_bpm",
    "high_heart_rate_bpm",
    "heart_rate_persistence",
)
UNKNOWN = (math.nan,) * len(AMPLITUDE_FEATURES)

MINIMUM_AMPLITUDES = 5
_GRID_S = 0.5
_SLOW_S = 10.0
"""Breathing passes in under ten seconds: what a ten-second mean leaves is the slow part, the rest the fast one."""
_RR_BIN_MS = 50.0
_BPM_FLOOR = 0.3
_SHARE_FLOOR = 0.01


def amplitude_features(amplitudes: Doubles) -> tuple[float, ...]:
    """Height of the beats, shape (n,), in whatever unit: level, range, trend and unrest of its logarithm.

    NaN where fewer than `MINIMUM_AMPLITUDES` are known.
    """
    known = amplitudes[np.isfinite(amplitudes) & (amplitudes > 0)]
    if len(known) < MINIMUM_AMPLITUDES:
        return UNKNOWN
    heights = np.log(known)
    ordered = ascending(heights)
    return (
        quantile(ordered, 0.5),
        log(quantile(ordered, 0.75) - quantile(ordered, 0.25), _SHARE_FLOOR),
        10 * step_slope(heights),
        log(mean(np.abs(heights[1:] - heights[:-1])), _SHARE_FLOOR),
    )


def course_features(
    times_s: Doubles, rr_ms: Doubles, rate_bpm: Doubles, ordered_bpm: Sequence[float]
) -> tuple[float, ...]:
    """What the heart rate does within the window.

    Parameters
    ----------
    times_s, rr_ms, rate_bpm
        Time, interval and rate of each beat, shape (n,), n >= 5.
    ordered_bpm
        The rates, ascending.
    """
    slow, fast = _slow_and_fast(times_s, rate_bpm)
    return (
        log(slow, _BPM_FLOOR),
        log(fast, _BPM_FLOOR),
        _entropy(rr_ms),
        _lag1_correlation(rr_ms),
        quantile(ordered_bpm, 0.5),
        quantile(ordered_bpm, 0.1),
        quantile(ordered_bpm, 0.9),
        _persistence(rate_bpm),
    )


def _slow_and_fast(times_s: Doubles, rate_bpm: Doubles) -> tuple[float, float]:
    """Spread of the ten-second mean of the rate, and of the rate around it."""
    grid_s = np.arange(times_s[0], times_s[-1] + _GRID_S / 2, _GRID_S)
    rate = np.interp(grid_s, times_s, rate_bpm)
    width = round(_SLOW_S / _GRID_S)
    if len(rate) < 2 * width:
        return 0.0, spread(rate)
    sums = np.zeros(len(rate) + 1)
    np.add.accumulate(rate, out=sums[1:])
    parts = np.empty((2, len(sums) - width))
    smooth = np.subtract(sums[width:], sums[:-width], out=parts[0])
    smooth /= width
    np.subtract(rate[width // 2 : width // 2 + len(smooth)], smooth, out=parts[1])
    slow, fast = row_spreads(parts)
    return slow, fast


def _entropy(rr_ms: Doubles) -> float:
    counts = np.bincount((rr_ms / _RR_BIN_MS).astype(np.int64))
    share = counts[counts > 0] / len(rr_ms)
    return -float(np.add.reduce(share * np.log(share)))


def _lag1_correlation(values: Doubles) -> float:
    pair = np.empty((3, len(values) - 1))
    earlier, later, product = pair
    earlier[:], later[:] = values[:-1], values[1:]
    pair[:2] -= np.add.reduce(pair[:2], 1, keepdims=True) / len(product)
    np.multiply(earlier, later, out=product)
    pair[:2] *= pair[:2]
    earlier_power, later_power, common = row_means(pair)
    size = math.sqrt(earlier_power) * math.sqrt(later_power)
    return common / size if size > 0 else 0.0


def _persistence(rate_bpm: Doubles) -> float:
    """Share of beats at which the rate goes on the way it went."""
    rising = rate_bpm[1:] > rate_bpm[:-1]
    return float(np.count_nonzero(rising[1:] == rising[:-1])) / (len(rising) - 1)
