"""Hand features of one window: what a clinician would compute, from the causal chain's own beats and conductance.

Amplitudes, spreads and rates that span decades enter as logarithms, so that a mean and a standard deviation describe them.
A figure is offered only where the window is long enough for it (`LEAST_WINDOW_S`); elsewhere its place holds zero. None in the
frequency domain is offered: the low band needs two minutes at the very least and five by the standard (Task Force of the
ESC/NASPE 1996; Shaffer & Ginsberg 2017), and the windows of this project have one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.beat_table import BeatTable
from edge_emotion.signals.rhythm_features import (
    AMPLITUDE_FEATURES,
    COURSE_FEATURES,
    amplitude_features,
    course_features,
)
from edge_emotion.signals.skin_features import RELATIVE_FEATURES, relative_features
from edge_emotion.signals.statistics import ascending, log, mean, quantile, ramp, slope, spread
from edge_emotion.types import NS_PER_S, FloatArray, Scr

CARDIAC_FEATURES = (
    "mean_heart_rate_bpm",
    "heart_rate_slope_bpm_per_min",
    "heart_rate_range_bpm",
    "log_sdnn_ms",
    "log_rmssd_ms",
    "log_median_abs_drr_ms",
    "pnn20",
    "pnn50",
    "log_sd1_sd2",
    "late_heart_rate_change_bpm",
    *COURSE_FEATURES,
    *AMPLITUDE_FEATURES,
)
"""Only ever appended to: a bundle that knows fewer takes the first ones."""

EDA_FEATURES = (
    "log_mean_level_us",
    "level_slope_us_per_min",
    "log_level_sd_us",
    "log_level_range_us",
    "mean_phasic_us",
    "log_phasic_sd_us",
    "log_max_phasic_us",
    "scr_per_min",
    "log_scr_amplitude_sum_us",
    "log_scr_amplitude_mean_us",
    "log_mean_abs_slope_us_per_s",
    *RELATIVE_FEATURES,
)
"""Only ever appended to, as `CARDIAC_FEATURES`."""

LEAST_WINDOW_S: Mapping[str, float] = {
    "heart_rate_slope_bpm_per_min": 20.0,
    "log_sdnn_ms": 60.0,
    "log_rmssd_ms": 30.0,
    "log_median_abs_drr_ms": 30.0,
    "pnn20": 60.0,
    "pnn50": 60.0,
    "log_sd1_sd2": 60.0,
}
"""What these cardiac features need at least; the others do with any window that holds `MINIMUM_INTERVALS`.

The ultra-short lengths that Shaffer & Ginsberg (Front Public Health 2017, 5:258) gather; of several the longer.
"""

MINIMUM_INTERVALS = 5
"""With fewer intervals there is nothing to describe; the quality index masks the role long before."""

_LATE_SHARE = 0.25
_MS_FLOOR = 1.0
_US_FLOOR = 0.01

Doubles = NDArray[np.float64]


def offered(window_s: float) -> tuple[str, ...]:
    """Names of the cardiac features that a window of this length gives."""
    return tuple(name for name in CARDIAC_FEATURES if window_s >= LEAST_WINDOW_S.get(name, 0.0))


@lru_cache(maxsize=4)
def _offered(window_s: float) -> FloatArray:
    names = offered(window_s)
    return np.array([name in names for name in CARDIAC_FEATURES], np.float32)


def cardiac_features(beats: BeatTable, window_s: float = 60.0) -> FloatArray:
    """Heart rate and its variability.

    Parameters
    ----------
    beats
        Beats of the window.
    window_s
        Length of the window: what it is too short for is 0.

    Returns
    -------
    ndarray
        Shape (len(CARDIAC_FEATURES),), float32; zeros when fewer than `MINIMUM_INTERVALS` intervals are known.

    Notes
    -----
    Differences that touch a corrected interval, or span a break in the series, take no part in the variability figures: a
    correction would make the heart look steadier than it is (Task Force of the ESC/NASPE 1996, normal-to-normal intervals).
    """
    kept = (beats.rr_ms == beats.rr_ms).nonzero()[0]
    if len(kept) < MINIMUM_INTERVALS:
        return np.zeros(len(CARDIAC_FEATURES), np.float32)
    rr_ms, is_normal = beats.rr_ms[kept], beats.is_normal[kept]
    minutes = beats.times_ns[kept] / (60 * NS_PER_S)
    rate_bpm = 60_000 / rr_ms
    mean_bpm = mean(rate_bpm)
    late = minutes.searchsorted(minutes[-1] - _LATE_SHARE * (minutes[-1] - minutes[0]))
    ordered = ascending(rate_bpm)
    extent_bpm = quantile(ordered, 0.95) - quantile(ordered, 0.05)
    trend = (mean_bpm, slope(minutes, rate_bpm), extent_bpm)
    follows = kept[1:] - kept[:-1] == 1
    spans_ms = (rr_ms[1:] - rr_ms[:-1])[is_normal[1:] & is_normal[:-1] & follows]
    variability = _variability(rr_ms[is_normal], spans_ms)
    change = mean(rate_bpm[late:]) - mean_bpm
    course = course_features(60 * minutes, rr_ms, rate_bpm, ordered)
    height = amplitude_features(beats.amplitude[kept])
    values = np.array((*trend, *variability, change, *course, *height), np.float32)
    return values * _offered(window_s)


def _variability(steady_ms: Doubles, drr_ms: Doubles) -> tuple[float, ...]:
    """From the intervals that nobody corrected, and the differences of those that are neighbours."""
    sdnn = spread(steady_ms) if len(steady_ms) else 0.0
    ordered = np.abs(drr_ms) if len(drr_ms) else np.zeros(1)
    ordered.sort()
    rmssd = math.sqrt(mean(ordered * ordered))
    sd1 = rmssd / math.sqrt(2)
    sd2 = math.sqrt(max(0.0, 2 * sdnn**2 - sd1**2))
    distance: list[float] = ordered.tolist()
    count = len(distance)
    return (
        log(sdnn, _MS_FLOOR),
        log(rmssd, _MS_FLOOR),
        log(quantile(distance, 0.5), _MS_FLOOR),
        (count - bisect_right(distance, 20.0)) / count,
        (count - bisect_right(distance, 50.0)) / count,
        log(sd1, _MS_FLOOR) - log(sd2, _MS_FLOOR),
    )


def eda_features(series_us: FloatArray, scrs: Sequence[Scr], grid_hz: float) -> FloatArray:
    """Tonic level, phasic activity and responses.

    Parameters
    ----------
    series_us
        Level and phasic part of the window on the grid, shape (2, steps), without missing values.
    scrs
        Responses whose peak lies in the window.
    grid_hz
        Rate of the series.

    Returns
    -------
    ndarray
        Shape (len(EDA_FEATURES),), float32.
    """
    series = series_us.astype(np.float64)
    level = series[0]
    count = len(level)
    # Mean and slope of both rows in one product, their powers in another: a call of numpy costs more than its sums here.
    (mean_us, slope_us), (mean_phasic_us, _) = (series @ _mean_and_ramp(count)).tolist()
    (power, _), (_, phasic_power) = (series @ series.T).tolist()
    highest_us, highest_phasic_us = np.maximum.reduce(series, axis=1).tolist()
    steps = np.abs(level[1:] - level[:-1])
    amplitudes = [s.amplitude_us for s in scrs]
    return np.array(
        (
            log(mean_us, _US_FLOOR),
            slope_us * 60 * grid_hz,
            log(math.sqrt(max(0.0, power / count - mean_us * mean_us)), _US_FLOOR),
            log(highest_us - float(np.minimum.reduce(level)), _US_FLOOR),
            mean_phasic_us,
            log(math.sqrt(max(0.0, phasic_power / count - mean_phasic_us * mean_phasic_us)), _US_FLOOR),
            log(highest_phasic_us, _US_FLOOR),
            len(amplitudes) * 60 * grid_hz / count,
            log(sum(amplitudes), _US_FLOOR),
            log(sum(amplitudes) / max(1, len(amplitudes)), _US_FLOOR),
            log(mean(steps) * grid_hz, _US_FLOOR),
            *relative_features(level, series[1], scrs, grid_hz),
        ),
        np.float32,
    )


@lru_cache(maxsize=4)
def _mean_and_ramp(count: int) -> Doubles:
    """Weights, shape (count, 2), of the mean and of the least-squares slope per step of ``count`` equally spaced values."""
    return np.stack([np.full(count, 1.0 / count), ramp(count)], axis=1)
