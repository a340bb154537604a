"""Readings over time, and the energy between two moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge_emotion.errors import InputError

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Energy so far at increasing times.

    Parameters
    ----------
    times_s
        Shape (n,), on the clock of whoever made it.
    joules
        Shape (n,), since the first.
    """

    times_s: Doubles
    joules: Doubles

    @classmethod
    def of_power(cls, times_s: ArrayLike, watts: ArrayLike) -> Trace:
        """From samples of power, by the trapezoid rule."""
        t, w = np.asarray(times_s, np.float64), np.asarray(watts, np.float64)
        steps = np.diff(t) * (w[1:] + w[:-1]) / 2
        return cls(times_s=t, joules=np.concatenate(([0.0], np.cumsum(steps))))

    @classmethod
    def of_means(cls, times_s: ArrayLike, watts: ArrayLike) -> Trace:
        """From mean powers, each of the time since the reading before; what the first is the mean of is not known."""
        t, w = np.asarray(times_s, np.float64), np.asarray(watts, np.float64)
        return cls(times_s=t, joules=np.concatenate(([0.0], np.cumsum(np.diff(t) * w[1:]))))

    @property
    def sample_hz(self) -> float:
        """Mean rate that was reached."""
        span_s = float(self.times_s[-1] - self.times_s[0])
        return (len(self.times_s) - 1) / span_s if span_s > 0 else 0.0

    def moved(self, seconds: float) -> Trace:
        """The same readings on another clock."""
        return Trace(times_s=self.times_s + seconds, joules=self.joules)

    def energy_j(self, start_s: float, end_s: float) -> float:
        """Energy drawn in [start_s, end_s].

        Raises
        ------
        InputError
            If the trace does not cover it: nothing is extrapolated.
        """
        first, last = float(self.times_s[0]), float(self.times_s[-1])
        if start_s < first or end_s > last:
            raise InputError(
                f"the power trace covers {first:.2f} to {last:.2f} s, the phase lasts from {start_s:.2f} to {end_s:.2f} s; "
                "record longer, or say with --trace-start where the run begins in it"
            )
        start_j, end_j = np.interp((start_s, end_s), self.times_s, self.joules)
        return float(end_j - start_j)

    def watts(self, start_s: float, end_s: float) -> float:
        """Mean power in [start_s, end_s].

        Raises
        ------
        InputError
            As `energy_j`.
        """
        return self.energy_j(start_s, end_s) / (end_s - start_s)
