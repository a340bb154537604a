"""Plain sums instead of numpy's statistics: on a hundred values the latter spend ten times the work on checking arguments."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def mean(values: Doubles) -> float:
    """Of at least one value."""
    return float(np.add.reduce(values)) / len(values)


def spread(values: Doubles) -> float:
    """Standard deviation of the values themselves (``ddof`` 0)."""
    apart = values - mean(values)
    return math.sqrt(mean(apart * apart))


def quantile(ordered: Doubles, share: float) -> float:
    """Of ascending values, linear between neighbours."""
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low]) + (at - low) * float(ordered[high] - ordered[low])


def slope(x: Doubles, y: Doubles) -> float:
    """Least-squares slope; 0 when all ``x`` are equal."""
    centred = x - mean(x)
    power = float(np.add.reduce(centred * centred))
    return float(np.add.reduce(centred * y)) / power if power > 0 else 0.0


def step_slope(values: Doubles) -> float:
    """Least-squares slope per step of equally spaced values."""
    return float(np.add.reduce(ramp(len(values)) * values))


@lru_cache(maxsize=16)
def ramp(count: int) -> Doubles:
    """Weights that make a weighted sum of ``count`` equally spaced values their least-squares slope per step."""
    centred = np.arange(count) - (count - 1) / 2
    weights: Doubles = centred / np.float64(max(1.0, float(np.add.reduce(centred * centred))))
    return weights


def log(value: float, floor: float) -> float:
    """Logarithm of what spans decades; ``floor`` is about its noise."""
    return math.log(max(value, 0.0) + floor)
