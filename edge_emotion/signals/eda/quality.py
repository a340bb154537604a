"""How far skin conductance is to be trusted, second by second.

The range, the slope and the five seconds of transition are those of Kleckner et al. (2018, IEEE Trans Biomed Eng 65(7)); a level
that does not move, a rail and a loss of contact are added. Blocks are ``round(rate)`` samples counted since reset, so packets do
not matter; each is judged by what came before it alone.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise

import numpy as np

from edge_emotion.signals.biquad import LARGEST_VALUE, Values
from edge_emotion.signals.verdict import SecondQuality, Verdict
from edge_emotion.types import QualityReason

EDA_RANGE_US = (0.05, 60.0)
EDA_SLOPE_US_PER_S = 10.0
TRANSITION_S = 5
PIECES = 4
"""Values and slopes are judged on means of about a quarter of a second, so that noise has no slope."""

EDA_FLAT_S = 10.0
RAIL_S = 2.0
RAIL_CLIMB = (0.1, 0.02)
"""uS, and share of the level, by which a level must have climbed just before it stands still at its highest for `RAIL_S`: skin
turns round, a converter stops."""

DROP = (0.03, 0.1)
"""uS, and share, by which a level may fall below its lowest of five seconds within one: a response ends where it began."""


_GOOD: Verdict = (1.0, ())


def all_finite(values: list[float]) -> bool:
    """Whether each of at least one value is a number of at most `LARGEST_VALUE`."""
    # Minimum and maximum may pass over a NaN; the sum of bounded numbers is one only if none of them is.
    total = sum(values)
    return total == total and max(values) <= LARGEST_VALUE and min(values) >= -LARGEST_VALUE


class EdaQuality:
    """Out of range, steep, loss of contact or motion, railed, flat.

    Parameters
    ----------
    rate_hz
        Sampling rate, 4 Hz and above.

    Notes
    -----
    Deviations from the paper: the data are averaged over a quarter of a second instead of smoothed by a filter; a stream cannot
    take back what it said, so the five seconds *after* a fault are marked and those before it are not; the rule on skin
    temperature is left out. What counts in other units than uS is out of range or flat and thereby refused.
    """

    def __init__(self, rate_hz: float) -> None:
        self._length = max(2, round(rate_hz))
        self._piece = max(1, self._length // PIECES)
        self._steepest_us = EDA_SLOPE_US_PER_S * self._piece / rate_hz
        self._flat = round(EDA_FLAT_S * rate_hz)
        self._rail = round(RAIL_S * rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._buffer: list[float] = []
        self._end = 0
        self._forget()

    def _forget(self) -> None:
        self._last_mean: float | None = None
        self._last_value: float | None = None
        self._still = 0
        self._top = 0.0
        self._lows: deque[float] = deque(maxlen=TRANSITION_S)
        self._transition: tuple[int, tuple[QualityReason, ...]] = (0, ())

    def push(self, values_us: Values) -> list[SecondQuality]:
        """Verdicts on the blocks that these samples complete; shape (n,), any value."""
        if isinstance(values_us, np.ndarray):
            self._buffer += values_us.tolist()
        else:
            self._buffer += [float(value) for value in values_us]
        seconds: list[SecondQuality] = []
        buffer, length = self._buffer, self._length
        full = len(buffer) // length * length
        for start in range(0, full, length):
            self._end += length
            score, reasons = self._judge(buffer[start : start + length])
            seconds.append(SecondQuality(self._end, score, reasons))
        if full:
            del buffer[:full]
        return seconds

    def _judge(self, block: list[float]) -> Verdict:
        low, high = min(block), max(block)
        # As in `all_finite`: a sum of bounded numbers is one only if none of them is none.
        if not (low >= -LARGEST_VALUE and high <= LARGEST_VALUE and (total := sum(block)) == total):
            self._forget()
            return 0.0, (QualityReason.NOT_A_NUMBER,)
        last = block[-1]
        before = block[0] if self._last_mean is None else self._last_mean
        self._last_mean = last if self._piece == 1 else sum(block[-self._piece :]) / self._piece
        floor = self._floor()
        calm = (
            self._transition[0] == 0
            and low >= floor
            and low >= EDA_RANGE_US[0]
            and high <= EDA_RANGE_US[1]
            and max(high, before) - min(low, before) <= self._steepest_us
        )
        if calm and last != block[-2]:
            self._still = 1
            verdict: Verdict = _GOOD
        elif calm:
            stuck = self._stuck(block)
            verdict = (0.0, stuck) if stuck else _GOOD
        else:
            verdict = self._weigh(block, before, floor)
        self._last_value = last
        self._lows.append(low)
        if high > self._top:
            self._top = high
        return verdict

    def _floor(self) -> float:
        """What a level does not fall below within a second; minus infinity at the start."""
        least, share = DROP
        return min(self._lows) * (1.0 - share) - least if self._lows else -math.inf

    def _weigh(self, block: list[float], before: float, floor: float) -> Verdict:
        """Verdict on a block that is not plainly good."""
        size = self._piece
        means = [sum(block[k : k + size]) / size for k in range(0, self._length - size + 1, size)]
        faults = self._faults(means, before)
        stuck = self._stuck(block)
        dropped = sum(mean < floor for mean in means) / len(means)
        reasons = (*faults, *stuck)
        if dropped and QualityReason.STEEP not in reasons:
            reasons = (*reasons, QualityReason.NOISY)
        return (0.0 if faults or stuck else 1.0 - dropped), reasons

    def _faults(self, means: list[float], before: float) -> tuple[QualityReason, ...]:
        """Faults of this block, or those of the last five seconds."""
        found: list[QualityReason] = []
        if min(means) < EDA_RANGE_US[0] or max(means) > EDA_RANGE_US[1]:
            found.append(QualityReason.OUT_OF_RANGE)
        if max(abs(b - a) for a, b in pairwise([before, *means])) > self._steepest_us:
            found.append(QualityReason.STEEP)
        left, reasons = self._transition
        if found:
            reasons = tuple(
                reason for reason in QualityReason if reason in found or (left and reason in reasons)
            )
            self._transition = (TRANSITION_S, reasons)
            return reasons
        self._transition = (max(0, left - 1), reasons)
        return reasons if left else ()

    def _stuck(self, block: list[float]) -> tuple[QualityReason, ...]:
        """Whether the newest samples are exactly equal for long, or, after a climb, at the highest level so far."""
        value = block[-1]
        run = 1
        while run < len(block) and block[-1 - run] == value:
            run += 1
        self._still = self._still + run if run == len(block) and value == self._last_value else run
        if self._still >= self._flat:
            return (QualityReason.FLAT,)
        if self._still >= self._rail and value >= self._top and self._lows:
            least, share = RAIL_CLIMB
            if value - min(self._lows) >= max(least, share * value):
                return (QualityReason.SATURATED,)
        return ()
