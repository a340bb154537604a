"""How far a signal is to be trusted, block by block of about a second, with the reasons that lowered it.

Blocks are counted in samples since reset, so packets change nothing. Each class judges one block at a time with a few cheap
figures; what a window is worth is the mean over its blocks (`edge_emotion.signals.history`).

The limits below are ours unless a source is named. They are meant to catch what must not be trusted (lead off, rails, movement),
not to rank good signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.biquad import Values
from edge_emotion.types import QualityReason, RrKind

Doubles = NDArray[np.float64]

ECG_LARGEST_MV = 10.0
"""No heart gives 10 mV at the skin; a wearable's front end rails before or near it."""
ECG_FLAT_MV = 0.005
"""Peak to peak under this over a whole second: no electrode contact (a heart at 30 bpm still has T and P waves)."""
RAIL_SHARE = 0.2
"""Share of a block that sits exactly on its own maximum or minimum: a rail."""
NOISIEST_SHARE = 0.15
"""Median |difference over 20 ms| as a share of the block's range. An ECG is quiet most of the time: 0.01-0.04 on MIT-BIH and
drivedb records, 0.11 for muscle noise (nstdb `ma`), 0.18 for white noise (medians over one-second blocks, measured)."""
EDA_LOWEST_US, EDA_HIGHEST_US = 0.05, 60.0
"""Kleckner et al. 2018, IEEE Trans. Biomed. Eng. 65(7), rule 1."""
EDA_STEEPEST_US_PER_S = 10.0
"""Kleckner et al. 2018, rule 2."""
EDA_STUCK_S = 30.0
"""A living skin moves the last bit of a wearable's converter within half a minute; a constant is an open electrode."""

RR_SHORTEST_MS, RR_LONGEST_MS = 300.0, 2000.0
SLOWEST_BPM = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondQuality:
    """Verdict on the block whose last sample is before ``end_index``: score in [0, 1] and what lowered it."""

    end_index: int
    score: float
    reasons: tuple[QualityReason, ...]


class _Blocks:
    """Cuts a stream into blocks of ``round(rate_hz)`` samples."""

    def __init__(self, rate_hz: float) -> None:
        self._size = max(1, round(rate_hz))
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self._pending: Doubles = np.empty(0, np.float64)
        self._index = 0

    def push(self, values: Values) -> list[SecondQuality]:
        """Verdicts on the blocks that these samples complete, in order."""
        self._pending = np.concatenate([self._pending, np.asarray(values, np.float64).reshape(-1)])
        verdicts = []
        while len(self._pending) >= self._size:
            block, self._pending = self._pending[: self._size], self._pending[self._size :]
            self._index += self._size
            score, reasons = self._judge(block)
            verdicts.append(SecondQuality(end_index=self._index, score=score, reasons=reasons))
        return verdicts

    def _judge(self, block: Doubles) -> tuple[float, tuple[QualityReason, ...]]:
        if not np.isfinite(block).all():
            return 0.0, (QualityReason.NOT_A_NUMBER,)
        reasons = self._faults(block)
        return (0.0 if reasons else 1.0), tuple(reasons)

    def _faults(self, block: Doubles) -> list[QualityReason]:
        raise AssertionError("each modality says what a fault is")  # pragma: no cover


class EcgQuality(_Blocks):
    """ECG in mV: lead off, rails, range, muscle noise."""

    def __init__(self, rate_hz: float) -> None:
        super().__init__(rate_hz)
        self._step = max(1, round(0.02 * rate_hz))

    def _faults(self, block: Doubles) -> list[QualityReason]:
        if np.ptp(block) < ECG_FLAT_MV:
            return [QualityReason.FLAT]
        faults = []
        if np.abs(block - np.median(block)).max() > ECG_LARGEST_MV:
            faults.append(QualityReason.OUT_OF_RANGE)
        if _railed(block):
            faults.append(QualityReason.SATURATED)
        if _restlessness(block, self._step) > NOISIEST_SHARE:
            faults.append(QualityReason.NOISY)
        return faults


class BvpQuality(_Blocks):
    """PPG in arbitrary units: nothing measured, rails, jumps."""

    def _faults(self, block: Doubles) -> list[QualityReason]:
        if np.ptp(block) == 0:
            return [QualityReason.FLAT]
        return [QualityReason.SATURATED] if _railed(block) else []


class EdaQuality(_Blocks):
    """Skin conductance in uS: range, slope, open electrode."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        super().__init__(rate_hz)

    def reset(self) -> None:
        """Be as new."""
        super().reset()
        self._last: float | None = None
        self._constant_s = 0.0

    def _faults(self, block: Doubles) -> list[QualityReason]:
        joined = block if self._last is None else np.concatenate([[self._last], block])
        self._last = float(block[-1])
        stuck = bool(np.ptp(joined) == 0)
        self._constant_s = self._constant_s + len(block) / self._rate_hz if stuck else 0.0
        faults = []
        if block.min() < EDA_LOWEST_US or block.max() > EDA_HIGHEST_US:
            faults.append(QualityReason.OUT_OF_RANGE)
        if np.abs(np.diff(joined)).max(initial=0.0) * self._rate_hz > EDA_STEEPEST_US_PER_S:
            faults.append(QualityReason.STEEP)
        if self._constant_s >= EDA_STUCK_S:
            faults.append(QualityReason.FLAT)
        return faults


def beat_quality(
    rr_ms: Sequence[float | None], kinds: Sequence[RrKind], window_s: float
) -> tuple[float, tuple[QualityReason, ...]]:
    """Quality of a window's beats.

    Parameters
    ----------
    rr_ms, kinds
        One entry per beat of the window.
    window_s
        Length of the window.

    Returns
    -------
    index
        Share of the window's time that is covered by uncorrected, plausible intervals.
    reasons
        `TOO_FEW_BEATS` when that many beats mean a heart under 30 bpm; `IMPLAUSIBLE_RR` when a quarter or more of
        the covered time had to be corrected.
    """
    good_s = doubtful_s = 0.0
    for interval, kind in zip(rr_ms, kinds, strict=True):
        if interval is None:
            continue
        plausible = RR_SHORTEST_MS <= interval <= RR_LONGEST_MS
        if plausible and kind is RrKind.NORMAL:
            good_s += interval / 1000
        else:
            doubtful_s += min(interval, RR_LONGEST_MS) / 1000
    reasons = []
    if len(rr_ms) < window_s * SLOWEST_BPM / 60:
        reasons.append(QualityReason.TOO_FEW_BEATS)
    if doubtful_s >= 0.25 * (good_s + doubtful_s) and doubtful_s > 0:
        reasons.append(QualityReason.IMPLAUSIBLE_RR)
    # A window's edges cut intervals and the last beats are not decided yet: 4 s less than its length is complete.
    return min(1.0, good_s / max(1.0, window_s - 4.0)), tuple(reasons)


def _railed(block: Doubles) -> bool:
    """Whether many samples sit exactly on the block's own extremes."""
    at_top = np.count_nonzero(block == block.max())
    at_bottom = np.count_nonzero(block == block.min())
    return bool(max(at_top, at_bottom) > max(2.0, RAIL_SHARE * len(block)))


def _restlessness(block: Doubles, step: int) -> float:
    """Median |difference over ``step`` samples| as a share of the block's range."""
    return float(np.median(np.abs(block[step:] - block[:-step])) / np.ptp(block))
