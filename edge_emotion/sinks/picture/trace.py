"""Series of bounded length: when one is full, neighbours are merged and each point stands for twice the time."""

from __future__ import annotations

import math
from collections.abc import Sequence

POINTS_KEPT = 1200


class Trace:
    """Mean of one or more figures per bin of time; bins widen as the session grows.

    Parameters
    ----------
    columns
        Figures per point.
    bin_s
        Width of a bin at first.
    points
        When there are this many bins, every two become one.
    """

    def __init__(self, columns: int, bin_s: float, points: int = POINTS_KEPT) -> None:
        self.bin_s = bin_s
        self._points = points
        self._columns = columns
        self._bins: dict[int, list[tuple[float, int]]] = {}

    def add(self, time_s: float, values: Sequence[float]) -> None:
        """Add a point; figures that are nan count as unknown and leave the bin's mean alone."""
        place = math.floor(time_s / self.bin_s)
        sums = self._bins.setdefault(place, [(0.0, 0)] * self._columns)
        for i, value in enumerate(values):
            if math.isfinite(value):
                total, count = sums[i]
                sums[i] = (total + value, count + 1)
        if len(self._bins) >= self._points:
            self._halve()

    def column(self, index: int) -> list[tuple[float, float]]:
        """(middle of the bin in s, mean) in order of time; nan where a bin has points but no known figure."""
        return [
            ((place + 0.5) * self.bin_s, sums[index][0] / sums[index][1] if sums[index][1] else math.nan)
            for place, sums in sorted(self._bins.items())
        ]

    def __len__(self) -> int:
        return len(self._bins)

    def _halve(self) -> None:
        merged: dict[int, list[tuple[float, int]]] = {}
        for place, sums in self._bins.items():
            into = merged.setdefault(place // 2, [(0.0, 0)] * self._columns)
            merged[place // 2] = [(a + b, n + m) for (a, n), (b, m) in zip(into, sums, strict=True)]
        self._bins = merged
        self.bin_s *= 2


class Marks:
    """Single moments, thinned to every second one whenever there are too many."""

    def __init__(self, points: int = POINTS_KEPT) -> None:
        self._points = points
        self._stride = 1
        self._seen = 0
        self.times_s: list[float] = []

    def add(self, time_s: float) -> None:
        """Add a moment; later than those before."""
        if self._seen % self._stride == 0:
            self.times_s.append(time_s)
        self._seen += 1
        if len(self.times_s) >= self._points:
            del self.times_s[1::2]
            self._stride *= 2

    @property
    def count(self) -> int:
        """How many there were, kept or not."""
        return self._seen
