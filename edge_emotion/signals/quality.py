"""How far a signal is to be trusted, second by second.

A second is ``round(rate)`` samples counted since reset, so packets do not matter. Each block is judged on its raw
samples and, where a limit is relative, on the blocks before it. Limits were set by eye on MIT-BIH records with added
noise (ECG) and on Empatica E4 recordings of Stress-Predict (BVP); they say when a signal cannot be what it claims
to be, not whether a clinician would like it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.biquad import LARGEST_VALUE, Values
from edge_emotion.signals.eda_quality import EdaQuality as EdaQuality
from edge_emotion.signals.verdict import SecondQuality as SecondQuality
from edge_emotion.signals.verdict import Verdict
from edge_emotion.types import QualityReason, RrKind

Block = NDArray[np.float64]

NO_FAULT: Verdict = (1.0, ())

ECG_LARGEST_MV = 16.0
"""Furthest from the block's median; a DC-coupled amplifier's electrode offset does not count."""
ECG_FLAT_MV = 0.005
ECG_RAIL_MV = 1.0
ECG_KURTOSIS = (3.5, 6.0)
"""Of the signal's differences over four seconds: 3 for noise, above 8 for most hearts (Zhao & Zhang 2018 use 5)."""
KURTOSIS_BLOCKS = 4
RAIL_S = 0.06

BVP_EXCESS = (3.0, 8.0)
"""Range of a second over the lower quartile of the last minute's: motion makes it large."""
BVP_FREQUENCY_HZ = (4.0, 7.0)
"""Root mean square frequency: pulses have 1-3 Hz, noise far more."""
BVP_FLAT_SHARE = 0.02
TYPICAL_BLOCKS = 60

LEAST_COVERAGE = 0.8
MOST_CORRECTED = 0.2
UNDECIDED_S = 4.0
"""The last beats of a window are not decided yet, and the first has lost its predecessor."""


class _BlockQuality(ABC):
    """Cuts the samples into blocks of about a second and judges each."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._length = max(2, round(rate_hz))
        self._buffer: list[float] = []
        self._end = 0

    def push(self, values: Values) -> list[SecondQuality]:
        """Verdicts on the blocks that these samples complete; shape (n,), any value."""
        self._buffer += np.asarray(values, dtype=np.float64).reshape(-1).tolist()
        seconds: list[SecondQuality] = []
        while len(self._buffer) >= self._length:
            block = np.array(self._buffer[: self._length])
            del self._buffer[: self._length]
            self._end += self._length
            score, reasons = self._judge_any(block)
            seconds.append(SecondQuality(end_index=self._end, score=score, reasons=reasons))
        return seconds

    def reset(self) -> None:
        """Be as new."""
        self._buffer.clear()
        self._end = 0
        self._forget()

    def _judge_any(self, block: Block) -> Verdict:
        if not bool((np.abs(block) <= LARGEST_VALUE).all()):
            self._forget()
            return 0.0, (QualityReason.NOT_A_NUMBER,)
        return self._judge(block)

    @abstractmethod
    def _judge(self, block: Block) -> Verdict:
        """Verdict on finite samples."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop what is known of the blocks before."""


class EcgQuality(_BlockQuality):
    """Flat (lead off), railed, out of range, noisy."""

    def __init__(self, rate_hz: float) -> None:
        super().__init__(rate_hz)
        self._rail = max(4, round(RAIL_S * rate_hz))
        self._moments: deque[tuple[float, float]] = deque(maxlen=KURTOSIS_BLOCKS)

    def _judge(self, block: Block) -> Verdict:
        low, high = float(block.min()), float(block.max())
        if high - low < ECG_FLAT_MV:
            return 0.0, (QualityReason.FLAT,)
        middle = float(np.median(block))
        reasons: list[QualityReason] = []
        if max(high - middle, middle - low) > ECG_LARGEST_MV:
            reasons.append(QualityReason.OUT_OF_RANGE)
        if _railed(block, middle, ECG_RAIL_MV, self._rail):
            reasons.append(QualityReason.SATURATED)
        if reasons:
            return 0.0, tuple(reasons)
        score = _ramp(self._kurtosis(block), ECG_KURTOSIS)
        return score, (QualityReason.NOISY,) if score < 0.5 else ()

    def _kurtosis(self, block: Block) -> float:
        """Of the two-sample differences of the last blocks, about zero."""
        squares = np.square(block[2:] - block[:-2])
        self._moments.append((float(squares.mean()), float(np.square(squares).mean())))
        second = sum(m for m, _ in self._moments) / len(self._moments)
        fourth = sum(m for _, m in self._moments) / len(self._moments)
        return fourth / (second * second) if second > 0.0 else 0.0

    def _forget(self) -> None:
        self._moments.clear()


class BvpQuality(_BlockQuality):
    """Flat, railed, noisy; all limits are relative, because the unit is arbitrary."""

    def __init__(self, rate_hz: float) -> None:
        super().__init__(rate_hz)
        self._rail = max(4, round(2 * RAIL_S * rate_hz))
        self._ranges: deque[float] = deque(maxlen=TYPICAL_BLOCKS)

    def _judge(self, block: Block) -> Verdict:
        middle = float(np.median(block))
        extent = float(np.ptp(block))
        typical = float(np.quantile(self._ranges, 0.25)) if self._ranges else extent
        if extent <= max(BVP_FLAT_SHARE * typical, 1e-6 * abs(middle), 1e-6):
            return 0.0, (QualityReason.FLAT,)
        self._ranges.append(extent)
        if _railed(block, middle, 0.0, self._rail):
            return 0.0, (QualityReason.SATURATED,)
        excess = 1.0 - _ramp(extent / typical, BVP_EXCESS)
        score = min(excess, 1.0 - _ramp(_frequency_hz(block, self._rate_hz), BVP_FREQUENCY_HZ))
        return score, (QualityReason.NOISY,) if score < 0.5 else ()

    def _forget(self) -> None:
        self._ranges.clear()


def beat_quality(rr_ms: Sequence[float | None], kinds: Sequence[RrKind], duration_s: float) -> Verdict:
    """Verdict on the beats of a window.

    Parameters
    ----------
    rr_ms
        Corrected intervals, ``None`` where unknown; one per beat.
    kinds
        What the corrector found, one per beat.
    duration_s
        Length of the window.

    Returns
    -------
    score
        Share of the window that intervals cover, times 1 minus twice the share of corrected intervals.
    reasons
        `QualityReason.TOO_FEW_BEATS` and `QualityReason.IMPLAUSIBLE_RR`.
    """
    known = [(rr, kind) for rr, kind in zip(rr_ms, kinds, strict=True) if rr is not None]
    covered_s = sum(rr for rr, _ in known) / 1000.0
    coverage = min(1.0, covered_s / max(duration_s - UNDECIDED_S, 1.0))
    corrected = sum(kind is not RrKind.NORMAL for _, kind in known) / max(1, len(known))
    reasons: list[QualityReason] = []
    if coverage < LEAST_COVERAGE:
        reasons.append(QualityReason.TOO_FEW_BEATS)
    if corrected > MOST_CORRECTED:
        reasons.append(QualityReason.IMPLAUSIBLE_RR)
    return coverage * max(0.0, 1.0 - 2.0 * corrected), tuple(reasons)


def _ramp(value: float, limits: tuple[float, float]) -> float:
    """0 up to the first limit, 1 from the second on, straight between."""
    low, high = limits
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _railed(block: Block, middle: float, least: float, run: int) -> bool:
    """Whether ``run`` neighbouring samples sit exactly on the block's extreme, at least ``least`` off its median."""
    for rail in (float(block.min()), float(block.max())):
        if abs(rail - middle) >= least:
            apart = np.flatnonzero(np.concatenate([[True], block != rail, [True]]))
            if int(np.diff(apart).max()) > run:
                return True
    return False


def _frequency_hz(block: Block, rate_hz: float) -> float:
    """Root mean square frequency from the power of the differences."""
    power = float(np.square(block - block.mean()).mean())
    steps = float(np.square(np.diff(block)).mean())
    return rate_hz / (2.0 * math.pi) * math.sqrt(steps / power) if power > 0.0 else 0.0
