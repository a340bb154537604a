"""How probable an interval between two heart beats is, given the last ones."""

from __future__ import annotations

import math
from collections import deque
from functools import cache

USUAL_INTERVALS = 8
FIRST_INTERVAL_S = 0.8
FIRST_SPREAD = 0.12
LEAST_SPREAD, LARGEST_DEVIATION = 0.05, 0.4
SPREAD_RATE = 0.1
INTERVAL_S = (0.25, 2.2)
IRREGULAR_SHARE, IRREGULAR_SPREAD = 0.15, 0.35
DOUBLE_SHARE, DOUBLE_SPREAD = 0.05, 0.1
FLOOR = 0.02
STEPS_PER_E, LAST_STEP, SPREAD_STEP = 50.0, 240, 0.1
"""Intervals and spreads are looked up in steps of 2 % and 10 %, out to 11 times and a 11th of the usual interval."""


class Rhythm:
    """Log probability of an interval, from the last ones: usual, irregular, or one beat left out.

    ``row`` is the table that is looked up, ``origin`` the place in it of an interval of one sample.
    """

    __slots__ = ("_intervals", "_rate_hz", "_spread", "_usual", "origin", "row")

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._intervals: deque[int] = deque(maxlen=USUAL_INTERVALS)
        self._usual = FIRST_INTERVAL_S * self._rate_hz
        self._spread = FIRST_SPREAD
        self._look_up()

    def learn(self, interval: int) -> None:
        """Take the interval of two decided beats, in samples."""
        if not INTERVAL_S[0] < interval / self._rate_hz < INTERVAL_S[1]:
            return
        deviation = min(abs(math.log(interval / self._usual)), LARGEST_DEVIATION)
        self._spread += SPREAD_RATE * (deviation - self._spread)
        self._intervals.append(interval)
        # The lower of two medians: an interval with a beat left out is twice as long, a false beat makes two short ones.
        self._usual = sorted(self._intervals)[(len(self._intervals) - 1) // 2]
        self._look_up()

    def judge(self, interval: int) -> tuple[float, float]:
        """Log probability that the next beat comes later than ``interval``, and log density that it comes just then."""
        at = int(math.log(interval) * STEPS_PER_E + self.origin)
        return self.row[0 if at < 0 else at if at <= LAST_STEP else LAST_STEP]

    def _look_up(self) -> None:
        self.origin = LAST_STEP / 2 + 0.5 - math.log(self._usual) * STEPS_PER_E
        level = math.log(max(self._spread, LEAST_SPREAD) / LEAST_SPREAD) / SPREAD_STEP
        self.row = _rhythm_row(round(level))


@cache
def _rhythm_row(level: int) -> tuple[tuple[float, float], ...]:
    """What `Rhythm.judge` says at each step of the interval's logarithm, for one of the (about 20) levels of spread."""
    spread = LEAST_SPREAD * math.exp(SPREAD_STEP * level)
    return tuple(_rhythm_odds((step - LAST_STEP / 2) / STEPS_PER_E, spread) for step in range(LAST_STEP + 1))


def _rhythm_odds(off: float, spread: float) -> tuple[float, float]:
    usual = (1.0 - IRREGULAR_SHARE) * math.exp(-abs(off) / spread)
    irregular = IRREGULAR_SHARE * math.exp(-abs(off) / IRREGULAR_SPREAD)
    double = DOUBLE_SHARE * math.exp(-abs(off - math.log(2.0)) / DOUBLE_SPREAD)
    density = usual / (2.0 * spread) + irregular / (2.0 * IRREGULAR_SPREAD) + double / (2.0 * DOUBLE_SPREAD)
    later = 1.0 if off < 0.0 else 0.5 * (usual + irregular) + FLOOR
    return math.log(later), math.log(density + FLOOR)
