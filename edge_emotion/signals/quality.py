"""How far a signal is to be trusted, second by second: what waveforms share, BVP, and the beats of a window.

ECG and EDA have their own files, `edge_emotion.signals.ecg.quality` and `edge_emotion.signals.eda.quality`.

A second is ``round(rate)`` samples counted since reset, so packets do not matter. Each block is judged on its raw
samples and, where a limit is relative, on the blocks before it. Limits were set by eye on Empatica E4 recordings of
Stress-Predict; they say when a signal cannot be what it claims to be, not whether a clinician would like it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.beat_table import BeatTable
from edge_emotion.signals.biquad import LARGEST_VALUE, Values
from edge_emotion.signals.verdict import SecondQuality, Verdict
from edge_emotion.types import QualityReason

Block = NDArray[np.float64]

NO_FAULT: Verdict = (1.0, ())

BVP_RAIL_S = 0.12
BVP_EXCESS = (3.0, 8.0)
"""Range of a second over the lower quartile of the last minute's: motion makes it large."""
BVP_FREQUENCY_HZ = (4.0, 7.0)
"""Root mean square frequency: pulses have 1-3 Hz, noise far more."""
BVP_FLAT_SHARE = 0.02
SATURATED_SHARE = 0.5
TYPICAL_BLOCKS = 60

LEAST_COVERAGE = 0.8
MOST_CORRECTED = 0.2
UNDECIDED_S = 4.0
"""The last beats of a window are not decided yet, and the first has lost its predecessor."""


class BlockQuality(ABC):
    """Cuts the samples into blocks of about a second and judges each."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._length = max(2, round(rate_hz))
        self._block: Block = np.empty(self._length)
        self._filled = 0
        self._end = 0
        self._low = self._high = 0.0

    def push(self, values: Values) -> list[SecondQuality]:
        """Verdicts on the blocks that these samples complete; shape (n,), any value."""
        samples = np.asarray(values, dtype=np.float64).reshape(-1)
        seconds: list[SecondQuality] = []
        start = 0
        while start < len(samples):
            taken = min(len(samples) - start, self._length - self._filled)
            self._block[self._filled : self._filled + taken] = samples[start : start + taken]
            start += taken
            self._filled += taken
            if self._filled == self._length:
                self._filled = 0
                self._end += self._length
                score, reasons = self._judge_any(self._block)
                seconds.append(SecondQuality(end_index=self._end, score=score, reasons=reasons))
        return seconds

    def reset(self) -> None:
        """Be as new."""
        self._filled = 0
        self._end = 0
        self._forget()

    def _judge_any(self, block: Block) -> Verdict:
        self._low, self._high = float(np.minimum.reduce(block)), float(np.maximum.reduce(block))
        if not (
            self._low >= -LARGEST_VALUE and self._high <= LARGEST_VALUE
        ):  # what is no number compares as false
            self._forget()
            return 0.0, (QualityReason.NOT_A_NUMBER,)
        return self._judge(block)

    @abstractmethod
    def _judge(self, block: Block) -> Verdict:
        """Verdict on finite samples; the array is used again afterwards."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop what is known of the blocks before."""


class BvpQuality(BlockQuality):
    """Flat, clipped, motion, noisy; all limits are relative, because the unit is arbitrary."""

    def __init__(self, rate_hz: float) -> None:
        super().__init__(rate_hz)
        self._rail = max(4, round(BVP_RAIL_S * rate_hz))
        self._ranges: deque[float] = deque(maxlen=TYPICAL_BLOCKS)

    def _judge(self, block: Block) -> Verdict:
        low, high = self._low, self._high
        extent = high - low
        ordered = sorted(self._ranges)
        typical = ordered[len(ordered) // 4] if ordered else extent
        if extent <= max(BVP_FLAT_SHARE * typical, 1e-6 * max(abs(low), abs(high)), 1e-6):
            return 0.0, (QualityReason.FLAT,)
        self._ranges.append(extent)
        rail = longest_rail(block, low, high, 0.0)
        if rail > self._rail:
            whole = rail > SATURATED_SHARE * len(block)
            return 0.0, (QualityReason.SATURATED if whole else QualityReason.CLIPPED,)
        excess = 1.0 - ramp(extent / typical, BVP_EXCESS)
        smooth = 1.0 - ramp(_frequency_hz(block, self._rate_hz), BVP_FREQUENCY_HZ)
        named = ((QualityReason.MOTION, excess), (QualityReason.NOISY, smooth))
        return min(excess, smooth), tuple(reason for reason, score in named if score < 0.5)

    def _forget(self) -> None:
        self._ranges.clear()


def beat_quality(beats: BeatTable, duration_s: float) -> Verdict:
    """Verdict on the beats of a window.

    Parameters
    ----------
    beats
        Those of the window.
    duration_s
        Length of the window.

    Returns
    -------
    score
        Share of the window that intervals cover, times 1 minus the square of the share of corrected intervals: an ectopic beat
        now and then was still seen rightly, a rhythm that had to be replaced throughout was not.
    reasons
        `QualityReason.TOO_FEW_BEATS` and `QualityReason.IMPLAUSIBLE_RR`.
    """
    is_known = beats.rr_ms == beats.rr_ms
    known: list[float] = beats.rr_ms[is_known].tolist()
    normal = int(np.count_nonzero(beats.is_normal & is_known))
    coverage = min(1.0, sum(known) / 1000.0 / max(duration_s - UNDECIDED_S, 1.0))
    corrected = (len(known) - normal) / max(1, len(known))
    reasons: list[QualityReason] = []
    if coverage < LEAST_COVERAGE:
        reasons.append(QualityReason.TOO_FEW_BEATS)
    if corrected > MOST_CORRECTED:
        reasons.append(QualityReason.IMPLAUSIBLE_RR)
    return coverage * (1.0 - corrected * corrected), tuple(reasons)


def ramp(value: float, limits: tuple[float, float]) -> float:
    """0 up to the first limit, 1 from the second on, straight between."""
    low, high = limits
    return min(1.0, max(0.0, (value - low) / (high - low)))


def longest_rail(block: Block, low: float, high: float, least: float) -> int:
    """How many neighbouring samples sit exactly on an extreme that is at least ``least`` off the middle of the second's values.

    Parameters
    ----------
    low, high
        The block's extremes.
    """
    longest = 0
    for rail in (low, high):
        at_rail = block == rail
        if np.count_nonzero(at_rail) > 3:
            if abs(rail - float(np.sort(block)[len(block) // 2])) < least:
                continue
            apart = np.flatnonzero(np.concatenate([[True], ~at_rail, [True]]))
            longest = max(longest, int(np.diff(apart).max()) - 1)
    return longest


def _frequency_hz(block: Block, rate_hz: float) -> float:
    """Root mean square frequency from the power of the differences."""
    apart = block - float(np.add.reduce(block)) / len(block)
    steps = block[1:] - block[:-1]
    power = float(np.add.reduce(apart * apart)) / len(block)
    change = float(np.add.reduce(steps * steps)) / len(steps)
    return rate_hz / (2.0 * math.pi) * math.sqrt(change / power) if power > 0.0 else 0.0
