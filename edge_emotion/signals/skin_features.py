"""Hand features of a minute of skin conductance that do not depend on its level: slopes and unrest of the logarithm.

Fingers conduct ten times what wrists do, and people differ as much; a change in per cent means the same on all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.statistics import log, mean, step_slope
from edge_emotion.types import Scr

Doubles = NDArray[np.float64]

RELATIVE_FEATURES = (
    "log_level_slope_per_min",
    "last_half_slope_per_min",
    "last_quarter_slope_per_min",
    "last_sixth_slope_per_min",
    "log_lowest_level_us",
    "log_highest_level_us",
    "log_end_over_mean",
    "log_mean_rising_phasic_us",
    "scr_rise_time_s",
    "log_large_scr_count",
    "log_relative_abs_slope",
    "log_relative_sd",
    "log_relative_rise",
)

LARGE_SCR_US = 0.05
_LEVEL_FLOOR_US = 0.02
_PHASIC_FLOOR_US = 0.005
_SHARE_FLOOR = 1e-3
_STEP_FLOOR = 1e-4


def relative_features(
    level_us: Doubles, phasic_us: Doubles, scrs: Sequence[Scr], grid_hz: float
) -> tuple[float, ...]:
    """Slopes over the whole window and its latest half, quarter and sixth; extent; responses.

    Parameters
    ----------
    level_us, phasic_us
        Shape (steps,), without missing values.
    scrs
        Responses whose peak lies in the window.
    grid_hz
        Rate of the series.
    """
    logs = np.log(np.maximum(level_us, 0.0) + _LEVEL_FLOOR_US)
    mean_log = mean(logs)
    apart = logs - mean_log
    apart *= apart
    steps = np.empty((2, len(logs) - 1))  # their size, and what of it goes up
    np.subtract(logs[1:], logs[:-1], out=steps[0])
    np.maximum(steps[0], 0.0, out=steps[1])
    np.abs(steps[0], out=steps[0])
    way, climb = np.add.reduce(steps, 1).tolist()
    count, per_min = len(logs), 60 * grid_hz
    rises = [s.rise_time_s for s in scrs]
    return (
        step_slope(logs) * per_min,
        step_slope(logs[-(count // 2) :]) * per_min,
        step_slope(logs[-(count // 4) :]) * per_min,
        step_slope(logs[-(count // 6) :]) * per_min,
        log(float(np.minimum.reduce(level_us)), _LEVEL_FLOOR_US),
        log(float(np.maximum.reduce(level_us)), _LEVEL_FLOOR_US),
        float(logs[-1]) - mean_log,
        log(mean(np.maximum(phasic_us, 0.0)), _PHASIC_FLOOR_US),
        sum(rises) / max(1, len(rises)),
        log(float(sum(s.amplitude_us > LARGE_SCR_US for s in scrs)), 1.0),
        log(way / len(steps[0]) * grid_hz, _STEP_FLOOR),
        log(math.sqrt(mean(apart)), _SHARE_FLOOR),
        log(climb, _SHARE_FLOOR),
    )
