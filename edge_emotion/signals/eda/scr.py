"""Skin-conductance responses on a smoothed level of a few samples a second, causal.

The skin answers a burst of its nerve like a leaky integrator, so ``drive = level + TAU_S * slope`` undoes the leak: a second
response on the falling slope of the first, which the level shows as a bend, is a hump of its own in the drive (the idea of
Benedek & Kaernbach 2010, reduced to one order). A response is a hump in the drive; its amplitude is how far the level rises
above what it would have done without it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge_emotion.signals.biquad import BiquadCascade
from edge_emotion.signals.eda.quality import EDA_RANGE_US, EDA_SLOPE_US_PER_S
from edge_emotion.signals.spec import Sos

TAU_S = 0.8
"""Shorter than a skin's recovery (1.5-5 s): a longer one resolves more overlaps, but takes quick recoveries for responses."""

RECOVERY_S = 1.5
"""How the amplitude of an overlapped response is measured: as if the one before had gone on recovering with this constant."""

DRIVE_PER_US = 1.8
"""A hump must rise by this many times the least amplitude."""

NOISE_LIMIT = 10.0
"""... and by this many standard deviations of the drive's noise."""

NOISE_MEMORY_S = 12.5
CLIMB_S = 2.0
"""A hump must rise by its threshold within this time: a drift does not."""

LONGEST_RISE_S = 8.0
"""What still rises after this is no response."""

FALL_SHARE = 0.25
"""A hump is over once the drive has fallen by this share of its rise, or by the threshold."""

PEAK_SHARE = 0.02
"""A response has peaked once it has lost this share of its amplitude."""

ONSET_SHARE = 0.55
"""The drive jumps at the onset; smoothed, it crosses this share of its rise one filter delay later."""

LEAST_BEND_US = 1e-5
LOWEST_US, HIGHEST_US = EDA_RANGE_US

SETTLING_S = 2.0
"""After a value that no skin shows, nothing is believed for this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Onset and peak as fractional indices into the levels, not corrected for the delay of the filter that made them.

    ``amplitude_us`` is the height above the level's own continuation, ``rise_us`` that above the lowest level since the onset.
    """

    onset: float
    peak: float
    decided: int
    amplitude_us: float
    rise_us: float


class ScrDetector:
    """Humps of the drive, decided as soon as the level has turned.

    Parameters
    ----------
    sos
        The low-pass that makes the level; its gain for noise sets the threshold.
    rate_hz
        Of the levels, 4-8 Hz.
    threshold_us
        Least amplitude.

    Notes
    -----
    The noise is the median of the raw values' second difference, followed in small multiplicative steps: neither responses nor
    single artefacts move it much. No threshold depends on what comes later.
    """

    def __init__(self, sos: Sos, rate_hz: float, threshold_us: float) -> None:
        self._reach = TAU_S * rate_hz
        self._keep = math.exp(-1.0 / self._reach)
        self._threshold_us = threshold_us
        self._least = DRIVE_PER_US * threshold_us
        self._per_bend = NOISE_LIMIT * _noise_gain(sos, self._reach) / (0.6745 * math.sqrt(6.0))
        self._step = 1.0 / (NOISE_MEMORY_S * rate_hz)
        self._climb = round(CLIMB_S * rate_hz)
        self._longest = round(LONGEST_RISE_S * rate_hz)
        self._most = 2 * self._longest
        self._settling = round(SETTLING_S * rate_hz)
        self._steepest_us = EDA_SLOPE_US_PER_S / rate_hz
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._n = -1
        self._last_us = self._move_us = 0.0
        self._bend_us = 0.05 * self._threshold_us
        self._levels: list[float] = []
        self._drives: list[float] = []
        self._oldest = 0
        self._low = (math.inf, 0)
        self._high: float | None = None
        self._open: _Candidate | None = None
        self._believed_from = 0

    def push(self, values_us: Sequence[float], levels_us: Sequence[float]) -> list[Response]:
        """The responses that these samples decide.

        Parameters
        ----------
        values_us
            Shape (n,), finite, not smoothed.
        levels_us
            The same, smoothed.
        """
        # Runs for every sample of every sensor: the state is kept in local names while no hump is under way, docs/decisions/011.
        responses: list[Response] = []
        n, last_us, last_move_us, bend_us = self._n, self._last_us, self._move_us, self._bend_us
        steepest_us, reach, climb, least = self._steepest_us, self._reach, self._climb, self._least
        up, down, per_bend = 1.0 + self._step, 1.0 - self._step, self._per_bend
        levels, drives, (low, low_at) = self._levels, self._drives, self._low
        idle = self._high is None and self._open is None
        if not levels_us:
            return responses
        if levels:
            before_us = levels[-1]
        else:
            last_us, before_us = values_us[0], levels_us[0]
        for value_us, level_us in zip(values_us, levels_us, strict=True):
            n += 1
            move_us = value_us - last_us
            drive = level_us + reach * (level_us - before_us)
            before_us = level_us
            if not LOWEST_US <= value_us <= HIGHEST_US or not -steepest_us <= move_us <= steepest_us:
                self._believed_from = n + self._settling
            if not -bend_us <= move_us - last_move_us <= bend_us:
                bend_us *= up
            elif bend_us > LEAST_BEND_US:
                bend_us *= down
            last_us, last_move_us = value_us, move_us
            levels.append(level_us)
            drives.append(drive)
            if idle and drive <= low:
                low, low_at = drive, n
            elif idle and (drive - low < least or drive - low < per_bend * bend_us):
                if n - low_at >= climb:
                    low, low_at = self._trough(n)
            else:
                self._low = (low, low_at)
                response = self._busy(drive, level_us, n, max(least, per_bend * bend_us))
                if response is not None:
                    responses.append(response)
                low, low_at = self._low
                idle = self._high is None and self._open is None
        self._n, self._last_us, self._move_us, self._bend_us = n, last_us, last_move_us, bend_us
        self._low = (low, low_at)
        self._trim()
        return responses

    def _trim(self) -> None:
        excess = len(self._levels) - self._most
        if excess > 0:
            del self._levels[:excess], self._drives[:excess]
            self._oldest += excess

    def _busy(self, drive: float, level_us: float, n: int, least: float) -> Response | None:
        """As `push`, with a hump or a response under way, or one that begins here."""
        response = self._follow(drive, level_us, n)
        low, low_at = self._low
        if self._high is not None:
            if drive > self._high:
                self._high = drive
                if self._open is not None:
                    self._open.crest = drive
            elif self._high - drive > min(FALL_SHARE * (self._high - low), least):
                self._high = None
                self._low = (drive, n)
        elif drive <= low:
            self._low = (drive, n)
        elif drive - low >= least:
            response = self._close(n) or response
            self._begin(drive)
        elif n - low_at >= self._climb:
            self._low = self._trough(n)
        return response

    def _follow(self, drive: float, level_us: float, n: int) -> Response | None:
        if self._open is None:
            return None
        if n - self._open.onset > self._longest:
            self._open = None
            self._high = None
            self._low = (drive, n)
        elif self._open.follow(level_us, n):
            return self._close(n)
        return None

    def _trough(self, n: int) -> tuple[float, int]:
        """The least drive of the time in which a hump must rise, without the sample that has just become too old."""
        recent = self._drives[-self._climb :]
        low = min(recent)
        return low, n - len(recent) + 1 + recent.index(low)

    def _begin(self, drive: float) -> None:
        low, at = self._low
        first = at - self._oldest
        levels = self._levels
        slope = levels[first] - levels[first - 1] if first else 0.0
        candidate = _Candidate(at, levels[first], slope, self._keep)
        for k in range(first + 1, len(levels)):
            candidate.follow(levels[k], self._oldest + k)
        candidate.low, candidate.crest = low, drive
        self._open = candidate
        self._high = drive

    def _close(self, n: int) -> Response | None:
        candidate = self._open
        self._open = None
        if candidate is None or candidate.above_us < self._threshold_us:
            return None
        if candidate.onset < self._believed_from:
            return None
        peak = candidate.peak + candidate.peak_shift()
        return Response(
            onset=min(self._onset(candidate), peak),
            peak=peak,
            decided=n,
            amplitude_us=candidate.amplitude_us(),
            rise_us=candidate.rise_us,
        )

    def _onset(self, candidate: _Candidate) -> float:
        level = candidate.low + ONSET_SHARE * (candidate.crest - candidate.low)
        drives = self._drives
        k = candidate.onset - self._oldest
        before, after = candidate.low, drives[k + 1]
        while after < level:
            k += 1
            before, after = after, drives[k + 1]
        return self._oldest + k + (level - before) / (after - before)


class _Candidate:
    """The level above the continuation that its trend at the trough predicts: the slope dies away with `TAU_S`."""

    __slots__ = (
        "_after",
        "_base_us",
        "_before",
        "_keep",
        "_last",
        "_lowest_us",
        "_slope",
        "_slope_at_trough",
        "above_us",
        "crest",
        "low",
        "onset",
        "peak",
        "rise_us",
    )

    def __init__(self, onset: int, level_us: float, slope: float, keep: float) -> None:
        self.onset = self.peak = onset
        self.above_us = self.rise_us = 0.0
        self.low = self.crest = 0.0
        self._base_us = self._lowest_us = level_us
        self._slope = slope
        self._slope_at_trough = slope
        self._keep = keep
        self._last = self._before = self._after = 0.0

    def follow(self, level_us: float, n: int) -> bool:
        """Take the next level; whether the response has peaked."""
        self._base_us += self._slope
        self._slope *= self._keep
        above = level_us - self._base_us
        if level_us < self._lowest_us:
            self._lowest_us = level_us
        if above > self.above_us:
            self._before, self._after = self._last, above
            self.above_us, self.peak = above, n
            self.rise_us = level_us - self._lowest_us
        elif n == self.peak + 1:
            self._after = above
        self._last = above
        return n > self.peak and self.above_us - above > PEAK_SHARE * self.above_us

    def peak_shift(self) -> float:
        """Of the parabola through the three highest points, in samples."""
        bend = self._before - 2.0 * self.above_us + self._after
        return 0.5 * (self._before - self._after) / bend if bend < 0.0 else 0.0

    def amplitude_us(self) -> float:
        """Height at the peak above a trough that goes on falling as a skin recovers, more slowly than `TAU_S`."""
        slope = self._slope_at_trough
        if slope >= 0.0:
            return self.above_us
        passed = self.peak - self.onset
        slower = math.pow(self._keep, TAU_S / RECOVERY_S)
        return self.above_us + slope * (_sum(self._keep, passed) - _sum(slower, passed))


def _sum(keep: float, count: int) -> float:
    """1 + keep + keep**2 + ..., ``count`` terms."""
    return (1.0 - math.pow(keep, count)) / (1.0 - keep)


def _noise_gain(sos: Sos, reach: float) -> float:
    """Standard deviation of the drive for white noise of 1."""
    smooth = BiquadCascade(sos)
    smooth.push([0.0])
    response = [0.0, *smooth.push([1.0] + [0.0] * 399)]
    drive = [b + reach * (b - a) for a, b in pairwise(response)]
    return math.sqrt(sum(d * d for d in drive))
