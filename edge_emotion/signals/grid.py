"""Regular series on one absolute time grid, whatever the sensors' rates: the grid's steps are whole multiples of its period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_emotion.types import NS_PER_S, FloatArray


class GridSeries:
    """Samples of one or more channels, interpolated linearly onto the grid and kept for the last ``seconds``.

    A step without two neighbouring samples is missing (NaN). State is bounded by ``seconds``.
    """

    def __init__(self, channels: int, grid_hz: float, seconds: float) -> None:
        self._period_ns = round(NS_PER_S / grid_hz)
        self._length = round(seconds * grid_hz)
        self._values: NDArray[np.float64] = np.full((channels, self._length), np.nan)
        self._steps = np.full(self._length, -1, np.int64)
        self._before: tuple[int, tuple[float, ...]] | None = None

    def push(self, time_ns: int, values: tuple[float, ...]) -> None:
        """Take the next sample; fills every grid step since the one before."""
        if self._before is None:
            if time_ns % self._period_ns == 0:
                self._put(time_ns // self._period_ns, values)
        else:
            self._fill(*self._before, time_ns, values)
        self._before = (time_ns, values)

    def interrupt(self) -> None:
        """No interpolation from what was to what comes."""
        self._before = None

    def window(self, start_ns: int, steps: int) -> FloatArray:
        """Shape (channels, steps), NaN where nothing is known; step 0 is at ``start_ns``."""
        wanted = start_ns // self._period_ns + np.arange(steps)
        slots = wanted % self._length
        known = self._steps[slots] == wanted
        return np.where(known, self._values[:, slots], np.nan).astype(np.float32)

    def _fill(self, t0_ns: int, v0: tuple[float, ...], t1_ns: int, v1: tuple[float, ...]) -> None:
        for step in range(t0_ns // self._period_ns + 1, t1_ns // self._period_ns + 1):
            share = (step * self._period_ns - t0_ns) / (t1_ns - t0_ns)
            self._put(step, tuple(a + share * (b - a) for a, b in zip(v0, v1, strict=True)))

    def _put(self, step: int, values: tuple[float, ...]) -> None:
        slot = step % self._length
        self._steps[slot] = step
        self._values[:, slot] = values


def hold(series: FloatArray) -> FloatArray:
    """Missing values replaced by the last known one (by the first known one at the start, by 0 where nothing is known)."""
    filled = series.copy()
    for row in filled:
        known = np.flatnonzero(~np.isnan(row))
        if len(known) == 0:
            row[:] = 0
            continue
        at = np.searchsorted(known, np.arange(len(row)), side="right") - 1
        row[:] = row[known[np.maximum(at, 0)]]
    return filled
