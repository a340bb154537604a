"""Regular series on one absolute time grid, whatever the sensors' rates: the grid's steps are whole multiples of its period.

The times handed in follow the device's true rate (`edge_emotion.signals.timing.timeline`), so the series tracks its drift:
nothing here knows a nominal rate.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from edge_emotion.types import NS_PER_S, FloatArray

_MISSING = float("nan")


class GridSeries:
    """Samples of one or more channels, interpolated linearly onto the grid and kept for the last ``seconds``.

    A step without two neighbouring samples is missing (NaN). State is bounded by twice ``seconds``.
    """

    def __init__(self, channels: int, grid_hz: float, seconds: float) -> None:
        self._period_ns = round(NS_PER_S / grid_hz)
        self._length = round(seconds * grid_hz)
        self._channels = [array("d") for _ in range(channels)]
        self._next_step = 0
        self._before_ns: int | None = None
        self._before: tuple[float, ...] = ()

    def push(self, time_ns: int, values: tuple[float, ...]) -> None:
        """Take the next sample; fills every grid step since the one before."""
        self.extend([time_ns], [[v] for v in values])

    def extend(self, times_ns: Sequence[int], channels: Sequence[Sequence[float]]) -> None:
        """Take the next samples, in order of time: one sequence of values per channel."""
        period_ns, before_ns, before = self._period_ns, self._before_ns, self._before
        for time_ns, values in zip(times_ns, zip(*channels, strict=True), strict=True):
            last = time_ns // period_ns
            if before_ns is None:
                if time_ns == last * period_ns and (last >= self._next_step or not self._channels[0]):
                    self._skip_to(last)
                    self._put(values)
            elif last >= (step := before_ns // period_ns + 1):
                self._skip_to(step)
                for at_ns in range(step * period_ns, time_ns + 1, period_ns):
                    share = (at_ns - before_ns) / (time_ns - before_ns)
                    self._put([a + share * (b - a) for a, b in zip(before, values, strict=True)])
            before_ns, before = time_ns, values
        self._before_ns, self._before = before_ns, before

    def interrupt(self) -> None:
        """No interpolation from what was to what comes."""
        self._before_ns = None

    def window(self, start_ns: int, steps: int) -> FloatArray:
        """Shape (channels, steps), NaN where nothing is known; step 0 is at ``start_ns``."""
        out = np.full((len(self._channels), steps), np.nan, np.float32)
        kept = len(self._channels[0])
        ahead = start_ns // self._period_ns - (self._next_step - kept)
        first, last = max(0, ahead), min(kept, ahead + steps)
        if first < last:
            for row, channel in zip(out, self._channels, strict=True):
                row[first - ahead : last - ahead] = np.frombuffer(channel, np.float64)[first:last]
        return out

    def _skip_to(self, step: int) -> None:
        """Steps in between are missing."""
        if not self._channels[0] or step - self._next_step > self._length:
            for channel in self._channels:
                del channel[:]
            self._next_step = step
        while self._next_step < step:
            self._put([_MISSING] * len(self._channels))

    def _put(self, values: Sequence[float]) -> None:
        for channel, value in zip(self._channels, values, strict=True):
            channel.append(value)
        self._next_step += 1
        if len(self._channels[0]) >= 2 * self._length:
            for channel in self._channels:
                del channel[: -self._length]


def hold(series: FloatArray) -> FloatArray:
    """Missing values replaced by the last known one (by the first known one at the start, by 0 where nothing is known)."""
    if np.count_nonzero(np.isnan(series)) == 0:
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
