"""Hand features of one window: what a clinician would compute, from the causal chain's own beats and conductance.

Amplitudes, spreads and rates that span decades enter as logarithms, so that a mean and a standard deviation describe them.
A 60 s window is long enough for the time-domain figures below; none in the frequency domain is offered (LF needs minutes).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.types import NS_PER_S, Beat, FloatArray, RrKind, Scr

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
)

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
)

MINIMUM_INTERVALS = 5
"""With fewer intervals there is nothing to describe; the quality index masks the role long before."""

_LATE_SHARE = 0.25
_MS_FLOOR = 1.0
_US_FLOOR = 0.01

Doubles = NDArray[np.float64]


def cardiac_features(beats: Sequence[Beat]) -> FloatArray:
    """Heart rate and its variability.

    Parameters
    ----------
    beats
        Beats of the window in order of time; those without ``rr_ms`` are passed over.

    Returns
    -------
    ndarray
        Shape (len(CARDIAC_FEATURES),), float32; zeros when fewer than `MINIMUM_INTERVALS` intervals are known.

    Notes
    -----
    Differences that touch a corrected interval take no part in the variability figures: a correction would make the heart look
    steadier than it is (Task Force of the ESC/NASPE 1996, normal-to-normal intervals).
    """
    known = [b for b in beats if b.rr_ms is not None]
    if len(known) < MINIMUM_INTERVALS:
        return np.zeros(len(CARDIAC_FEATURES), np.float32)
    rr_ms = np.array([b.rr_ms for b in known], np.float64)
    minutes = np.array([b.time_ns for b in known], np.float64) / (60 * NS_PER_S)
    rate_bpm = 60_000 / rr_ms
    late = rate_bpm[minutes >= minutes[-1] - _LATE_SHARE * (minutes[-1] - minutes[0])]
    low, high = np.percentile(rate_bpm, (5, 95))
    trend = (float(rate_bpm.mean()), _slope(minutes, rate_bpm), float(high - low))
    change = float(late.mean() - rate_bpm.mean())
    return np.array((*trend, *_variability(known, rr_ms), change), np.float32)


def _variability(known: Sequence[Beat], rr_ms: Doubles) -> tuple[float, ...]:
    normal = np.array([b.kind is RrKind.NORMAL for b in known])
    consecutive = normal[1:] & normal[:-1]
    drr_ms = np.diff(rr_ms)[consecutive]
    sdnn = float(np.std(rr_ms[normal])) if normal.any() else 0.0
    rmssd = float(np.sqrt(np.mean(drr_ms**2))) if len(drr_ms) else 0.0
    sd1 = rmssd / np.sqrt(2)
    sd2 = np.sqrt(max(0.0, 2 * sdnn**2 - sd1**2))
    distance = np.abs(drr_ms) if len(drr_ms) else np.zeros(1)
    return (
        _log(sdnn, _MS_FLOOR),
        _log(rmssd, _MS_FLOOR),
        _log(float(np.median(distance)), _MS_FLOOR),
        float(np.mean(distance > 20)),
        float(np.mean(distance > 50)),
        _log(sd1, _MS_FLOOR) - _log(float(sd2), _MS_FLOOR),
    )


def eda_features(
    level_us: FloatArray, phasic_us: FloatArray, scrs: Sequence[Scr], grid_hz: float
) -> FloatArray:
    """Tonic level, phasic activity and responses.

    Parameters
    ----------
    level_us, phasic_us
        Series of the window on the grid, shape (steps,), without missing values.
    scrs
        Responses whose peak lies in the window.
    grid_hz
        Rate of the series.

    Returns
    -------
    ndarray
        Shape (len(EDA_FEATURES),), float32.
    """
    level = level_us.astype(np.float64)
    phasic = phasic_us.astype(np.float64)
    minutes = np.arange(len(level)) / (60 * grid_hz)
    amplitudes = [s.amplitude_us for s in scrs]
    window_min = len(level) / (60 * grid_hz)
    return np.array(
        (
            _log(float(level.mean()), _US_FLOOR),
            _slope(minutes, level),
            _log(float(level.std()), _US_FLOOR),
            _log(float(np.ptp(level)), _US_FLOOR),
            float(phasic.mean()),
            _log(float(phasic.std()), _US_FLOOR),
            _log(float(phasic.max()), _US_FLOOR),
            len(amplitudes) / window_min,
            _log(sum(amplitudes), _US_FLOOR),
            _log(sum(amplitudes) / max(1, len(amplitudes)), _US_FLOOR),
            _log(float(np.mean(np.abs(np.diff(level)))) * grid_hz, _US_FLOOR),
        ),
        np.float32,
    )


def _slope(x: Doubles, y: Doubles) -> float:
    """Least-squares slope; 0 when all ``x`` are equal."""
    centred = x - x.mean()
    power = float(centred @ centred)
    return float(centred @ y) / power if power > 0 else 0.0


def _log(value: float, floor: float) -> float:
    return float(np.log(max(value, 0.0) + floor))
