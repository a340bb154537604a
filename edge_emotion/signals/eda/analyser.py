"""Skin conductance: level, tonic and phasic part, responses, in float64 at a few samples a second whatever the sensor's rate.

Samples are averaged in groups (the mean of a group is its anti-aliasing filter), low-passed, and given to the detector of
responses. Indices of responses are corrected for both delays; the three series are not, they lag by them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edge_emotion.errors import UsageError
from edge_emotion.signals.biquad import LARGEST_VALUE, Values, group_delay
from edge_emotion.signals.eda.quality import EDA_RANGE_US, EDA_SLOPE_US_PER_S, all_finite
from edge_emotion.signals.eda.scr import Response, ScrDetector
from edge_emotion.signals.spec import Sos

LEAST_WORKING_HZ = 4.0
"""Responses have no more than 1 Hz; the grid of the windows has 4 Hz."""

SCR_HZ = 0.2
"""Where a response has most of its energy: the low-pass's delay is taken there."""

SEEDING_S = 1.0
"""After lost contact or a jump that no skin makes, level and tonic part are set to each new value for this long: the filters hold
what was no skin, and the first mean after a return may hold half of it."""


def eda_stride(rate_hz: float) -> int:
    """How many samples are averaged into one, so that at least `LEAST_WORKING_HZ` remain."""
    return max(1, int(rate_hz / LEAST_WORKING_HZ + 1e-9))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrPeak:
    """A skin-conductance response at (fractional) sample indices since reset."""

    onset_index: float
    peak_index: float
    decided_index: int
    amplitude_us: float
    rise_us: float


class EdaBlock(NamedTuple):
    """One value per group of samples in each series, microsiemens.

    ``indices`` are those of each group's last sample: the series know nothing that is younger. A named tuple because one is made
    for every packet, and a frozen dataclass takes four times as long.
    """

    indices: Sequence[int]
    level_us: list[float]
    tonic_us: list[float]
    phasic_us: list[float]
    scrs: list[ScrPeak]


class EdaAnalyser:
    """Average, low-pass, lower envelope as tonic part, responses.

    The tonic part falls with the level at once and rises towards it with one pole, so the phasic part is never negative. Both
    begin anew, at the true level, when contact returns (`SEEDING_S`).
    Non-finite samples count as repetitions of the last finite one; those before the first finite one give nothing. No input
    raises.

    Parameters
    ----------
    sos
        Low-pass of about 0.45 Hz, designed for ``rate_hz / eda_stride(rate_hz)``.
    rate_hz
        Sampling rate; 4 Hz and above.
    tonic_hz
        Corner of the one pole with which the tonic part rises.
    threshold_us
        Least amplitude of a response.

    Raises
    ------
    UsageError
        If the low-pass is not a single section.
    """

    def __init__(self, sos: Sos, rate_hz: float, tonic_hz: float, threshold_us: float) -> None:
        if len(sos) != 1:
            raise UsageError(
                f"eda_smooth: {len(sos)} sections given, one is allowed: design it with order 2 and build the bundle again"
            )
        self._section = sos[0]
        self._stride = eda_stride(rate_hz)
        working_hz = rate_hz / self._stride
        self._detector = ScrDetector(sos, working_hz, threshold_us)
        # The mean of a group belongs to its middle; the group is stamped with its last sample.
        self._delay = group_delay(sos, SCR_HZ, working_hz) * self._stride + (self._stride - 1) / 2.0
        self._rise = 1.0 - math.exp(-2.0 * math.pi * tonic_hz / working_hz)
        self._steepest_us = EDA_SLOPE_US_PER_S / working_hz
        self._seeding = round(SEEDING_S * working_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new: the next sample has index 0 and sets the filter's state."""
        self._detector.reset()
        self._group: list[float] = []
        self._count = 0
        self._first = 0
        self._last: float | None = None
        self._state: tuple[float, float, float] | None = None
        self._before_us = 0.0
        self._seeds = 0

    def push(self, values_us: Values) -> EdaBlock:
        """Series and responses of the groups that these samples complete.

        Parameters
        ----------
        values_us
            Shape (n,), microsiemens.
        """
        values = values_us.tolist() if isinstance(values_us, np.ndarray) else [float(v) for v in values_us]
        self._count += len(values)
        if values and not all_finite(values):
            values = self._hold(values)
        if values:
            self._last = values[-1]
        if self._stride > 1:
            values = self._means(values)
        if not values:
            return EdaBlock(range(0), [], [], [], [])
        return self._analyse(values)

    def _hold(self, values: list[float]) -> list[float]:
        """Replace what is no number by the last value that was one; drop it where there is none."""
        last = self._last
        held: list[float] = []
        for value in values:
            if abs(value) <= LARGEST_VALUE:
                last = value
            if last is None:
                self._first += 1
            else:
                held.append(last)
        return held

    def _means(self, values: list[float]) -> list[float]:
        size = self._stride
        group = self._group
        group += values
        full = len(group) // size * size
        means = [sum(group[k : k + size]) / size for k in range(0, full, size)]
        del group[:full]
        return means

    def _analyse(self, values: list[float]) -> EdaBlock:
        (b0, b1, b2, a1, a2), rise = self._section, self._rise
        (lowest, highest), steepest = EDA_RANGE_US, self._steepest_us
        if self._state is None:
            self._state = self._settled(values[0])
            self._before_us = values[0]
        z1, z2, tonic = self._state
        before, seeds = self._before_us, self._seeds
        level_us: list[float] = []
        tonic_us: list[float] = []
        phasic_us: list[float] = []
        for value in values:
            if not lowest <= value <= highest or not -steepest <= value - before <= steepest:
                seeds = self._seeding
            elif seeds:
                seeds -= 1
                z1, z2, tonic = self._settled(value)
            before = value
            level = b0 * value + z1
            z1 = b1 * value - a1 * level + z2
            z2 = b2 * value - a2 * level
            tonic += rise * (level - tonic)
            if level < tonic:
                tonic = level
            level_us.append(level)
            tonic_us.append(tonic)
            phasic_us.append(level - tonic)
        self._state = (z1, z2, tonic)
        self._before_us, self._seeds = before, seeds
        newest = self._count - len(self._group) - 1
        indices = range(newest - (len(values) - 1) * self._stride, newest + 1, self._stride)
        scrs = [self._scr(response) for response in self._detector.push(values, level_us)]
        return EdaBlock(indices, level_us, tonic_us, phasic_us, scrs)

    def _settled(self, value: float) -> tuple[float, float, float]:
        """The filter's state after a long constant ``value``, so that it has no transient, and the tonic part."""
        b0, _, b2, _, a2 = self._section
        return value * (1.0 - b0), value * (b2 - a2), value

    def _scr(self, response: Response) -> ScrPeak:
        """From indices of groups to indices of samples."""
        size = self._stride
        last = self._first + size - 1
        return ScrPeak(
            onset_index=max(0.0, response.onset * size + last - self._delay),
            peak_index=max(0.0, response.peak * size + last - self._delay),
            decided_index=response.decided * size + last,
            amplitude_us=response.amplitude_us,
            rise_us=response.rise_us,
        )
