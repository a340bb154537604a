"""Regular series on one absolute time grid, whatever the sensors' rates: the grid's steps are whole multiples of its period.

The times handed in follow the device's true rate (`edge_emotion.signals.timing.timeline`), so the series tracks its drift:
nothing here knows a nominal rate.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge_emotion.types import NS_PER_S, FloatArray

_MISSING = float("nan")


class GridSeries:
    """Samples of one or more channels of the last ``seconds``, interpolated linearly when a window is cut.

    A step without two neighbouring samples is missing (NaN). State is bounded by ``seconds`` and a quarter.
    """

    def __init__(self, channels: int, grid_hz: float, seconds: float) -> None:
        self._period_ns = round(NS_PER_S / grid_hz)
        self._span_ns = round(seconds * NS_PER_S)
        self._times_ns = array("q")
        self._channels = [array("d") for _ in range(channels)]

    def push(self, time_ns: int, values: tuple[float, ...]) -> None:
        """Take the next sample."""
        self.extend([time_ns], [[v] for v in values])

    def extend(self, times_ns: Sequence[int], channels: Sequence[Sequence[float]]) -> None:
        """Take the next samples, in order of time: one sequence of values per channel."""
        self._times_ns.extend(times_ns)
        for kept, values in zip(self._channels, channels, strict=True):
            kept.extend(values)
        if self._times_ns and self._times_ns[-1] - self._times_ns[0] > 1.25 * self._span_ns:
            old = bisect_left(self._times_ns, self._times_ns[-1] - self._span_ns)
            del self._times_ns[:old]
            for kept in self._channels:
                del kept[:old]

    def interrupt(self) -> None:
        """No interpolation from what was to what comes."""
        # A value that is no number, a nanosecond after the last: nothing can be interpolated to or from it.
        if self._times_ns and self._channels[0][-1] == self._channels[0][-1]:
            self.extend([self._times_ns[-1] + 1], [[_MISSING] for _ in self._channels])

    def window(self, start_ns: int, steps: int) -> FloatArray:
        """Shape (channels, steps), NaN where nothing is known from the samples before its end; step 0 is at ``start_ns``."""
        times_ns = self._times_ns
        first = max(0, bisect_right(times_ns, start_ns) - 1)
        last = bisect_left(times_ns, start_ns + steps * self._period_ns, first)
        if first == last:
            return np.full((len(self._channels), steps), np.nan, np.float32)
        since_ns = np.frombuffer(times_ns, np.int64)[first:last] - start_ns
        at_ns = _steps_ns(steps, self._period_ns)
        out = np.empty((len(self._channels), steps), np.float32)
        for row, kept in enumerate(self._channels):
            known = np.frombuffer(kept, np.float64)[first:last]
            out[row] = np.interp(at_ns, since_ns, known, left=_MISSING, right=_MISSING)
        return out


@lru_cache(maxsize=4)
def _steps_ns(steps: int, period_ns: int) -> NDArray[np.float64]:
    return np.arange(steps, dtype=np.float64) * period_ns


def hold(series: FloatArray) -> FloatArray:
    """Missing values replaced by the last known one (by the first known one at the start, by 0 where nothing is known)."""
    total = float(np.add.reduce(series, axis=None))
    if total == total:  # one that is no number would make the sum none
        return series
    filled = series.copy()
    for row in filled:
        known = np.flatnonzero(~np.isnan(row))
        if len(known) == 0:
            row[:] = 0
            continue
        at = np.searchsorted(known, np.arange(len(row)), side="right") - 1
        row[:] = row[known[np.maximum(at, 0)]]
    return filled
