"""How a phase's figures become a course over time: the body follows the script with a lag."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_emotion.simulation.protocol import Phase, Protocol

Doubles = NDArray[np.float64]

COURSE_HZ = 10.0
"""Grid on which courses are computed; nothing in them is faster than a few seconds."""


def course_times(protocol: Protocol) -> Doubles:
    """The grid, from 0 to past the end of the protocol, in seconds."""
    return np.arange(int(protocol.duration_s * COURSE_HZ) + 2) / COURSE_HZ


def follow(protocol: Protocol, figure: str, lag_s: float) -> Doubles:
    """Course of one of `Phase`'s figures on `course_times`, after a first-order lag.

    Parameters
    ----------
    figure
        Name of a numeric field of `Phase`.
    lag_s
        Time constant: how fast the body follows.
    """
    times_s = course_times(protocol)
    ends_s = np.cumsum([p.duration_s for p in protocol.phase])
    at = np.minimum(np.searchsorted(ends_s, times_s, side="right"), len(ends_s) - 1)
    wanted = np.array([_figure(p, figure) for p in protocol.phase])[at]
    return lowpass(wanted, lag_s)


def lowpass(values: Doubles, lag_s: float) -> Doubles:
    """First-order lag on the course grid, settled on the first value."""
    keep = float(np.exp(-1 / (COURSE_HZ * lag_s)))
    out = np.empty_like(values)
    state = float(values[0])
    for i, value in enumerate(values.tolist()):
        state = value + keep * (state - value)
        out[i] = state
    return out


def wander(rng: np.random.Generator, count: int, lag_s: float) -> Doubles:
    """A slow random course of zero mean and unit standard deviation (an Ornstein-Uhlenbeck process)."""
    keep = float(np.exp(-1 / (COURSE_HZ * lag_s)))
    steps = rng.normal(0, np.sqrt(1 - keep**2), count)
    out = np.empty(count)
    state = float(rng.normal())
    for i, step in enumerate(steps.tolist()):
        state = keep * state + step
        out[i] = state
    return out


def _figure(phase: Phase, name: str) -> float:
    value = getattr(phase, name)
    return float(value)
