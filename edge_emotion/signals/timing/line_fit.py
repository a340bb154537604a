"""A straight line through points that keep coming, recursively and with forgetting: offset and skew between two clocks.

Both clocks of this project are followed with it: a device's against the host's (`edge_emotion.signals.timing.clock_fit`), and
the true rate of a stream against its nominal one (`edge_emotion.signals.timing.timeline`).
"""

from __future__ import annotations

import math

from edge_emotion.types import NS_PER_S


class LineFit:
    """Least squares with exponential forgetting; x and y in integer nanoseconds.

    All sums are kept relative to the newest point and shrink with every step, so neither the size of x and y nor the number of
    points costs precision: after a day it is as exact as after a minute.

    Parameters
    ----------
    memory_s
        A point this old counts e times less than the newest.
    trusted_s
        Confidence in the slope known before (zero at first), as the spread in x, seconds, that new points need to outweigh it:
        noise of the points over spread of the plausible slopes.
    steepest
        The slope stays within +- this: steeper means that the points are wrong.
    """

    __slots__ = ("_memory_s", "_prior", "_steepest", "_sums", "_trusted", "_x_ns", "_y_ns", "points")

    def __init__(self, memory_s: float, trusted_s: float, steepest: float) -> None:
        self._memory_s = memory_s
        self._trusted = trusted_s * trusted_s
        self._steepest = steepest
        self._prior = 0.0
        self._sums = (0.0, 0.0, 0.0, 0.0, 0.0)
        self.restart()

    def restart(self) -> None:
        """Forget every point; the slope found so far becomes what is known before."""
        self._prior = self.slope
        self.points = 0
        self._x_ns = 0
        self._y_ns = 0
        self._sums = (0.0, 0.0, 0.0, 0.0, 0.0)

    def add(self, x_ns: int, y_ns: int, weight: float = 1.0) -> None:
        """Take the next point; ``x_ns`` never decreases."""
        total, sx, sy, sxx, sxy = self._sums
        if self.points:
            dx = (x_ns - self._x_ns) / NS_PER_S
            dy = float(y_ns - self._y_ns)
            keep = math.exp(-dx / self._memory_s)
            sxx = keep * (sxx - 2.0 * dx * sx + dx * dx * total)
            sxy = keep * (sxy - dx * sy - dy * sx + dx * dy * total)
            sx = keep * (sx - dx * total)
            sy = keep * (sy - dy * total)
            total = keep * total
        self._sums = (total + weight, sx, sy, sxx, sxy)
        self._x_ns, self._y_ns = x_ns, y_ns
        self.points += 1

    @property
    def slope(self) -> float:
        """Of y over x."""
        total, sx, sy, sxx, sxy = self._sums
        if total <= 0.0:
            return self._prior
        spread = max(0.0, sxx - sx * sx / total)
        common = (sxy - sx * sy / total) / NS_PER_S
        slope = (common + self._trusted * self._prior) / (spread + self._trusted)
        return min(self._steepest, max(-self._steepest, slope))

    def at(self, x_ns: int) -> int:
        """y of the line at ``x_ns``; needs a point."""
        total, sx, sy, _, _ = self._sums
        ahead_ns = (x_ns - self._x_ns) - sx / total * NS_PER_S
        return self._y_ns + round(sy / total + self.slope * ahead_ns)
