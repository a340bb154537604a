"""Plain sums instead of numpy's statistics: on a hundred values the latter spend ten times the work on checking arguments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


_sum = np.add.reduce


def mean(values: Doubles) -> float:
    """Of at least one value."""
    return float(_sum(values)) / len(values)


def spread(values: Doubles) -> float:
    """Standard deviation of the values themselves (``ddof`` 0)."""
    apart = values - mean(values)
    apart *= apart
    return math.sqrt(mean(apart))


def row_means(rows: Doubles) -> list[float]:
    """Of each row, shape (rows, at least 1): the bits that `mean` gives row by row, in one call."""
    count = rows.shape[1]
    return [total / count for total in _sum(rows, 1).tolist()]


def row_spreads(rows: Doubles) -> list[float]:
    """As `row_means`, of `spread`."""
    apart = rows - _sum(rows, 1, keepdims=True) / rows.shape[1]
    apart *= apart
    return [math.sqrt(power) for power in row_means(apart)]


def ascending(values: Doubles) -> list[float]:
    """The values in order."""
    ordered = values.copy()
    ordered.sort()
    numbers: list[float] = ordered.tolist()
    return numbers


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of ascending values, linear between neighbours."""
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def slope(x: Doubles, y: Doubles) -> float:
    """Least-squares slope; 0 when all ``x`` are equal."""
    centred = x - mean(x)
    power = float(_sum(centred * centred))
    return float(_sum(centred * y)) / power if power > 0 else 0.0


def step_slope(values: Doubles) -> float:
    """Least-squares slope per step of equally spaced values."""
    return float(_sum(ramp(len(values)) * values))


@lru_cache(maxsize=16)
def ramp(count: int) -> Doubles:
    """Weights that make a weighted sum of ``count`` equally spaced values their least-squares slope per step."""
    centred = np.arange(count) - (count - 1) / 2
    weights: Doubles = centred / np.float64(max(1.0, float(_sum(centred * centred))))
    return weights


def log(value: float, floor: float) -> float:
    """Logarithm of what spans decades; ``floor`` is about its noise."""
    return math.log(max(value, 0.0) + floor)
