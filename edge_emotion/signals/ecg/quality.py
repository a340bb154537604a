"""How far an ECG is to be trusted, second by second.

What tells windows whose beats are right from others best is the noise floor between the heart beats, in the band of the QRS
complex and relative to the height of the beats (docs/decisions/015-quality.md). Limits were settled on records of the
MIT-BIH Arrhythmia Database with noise of its Noise Stress Test Database, none of them
untouched. Mains and baseline are told by name, but weigh
little: the detector's band-pass removes both.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from edge_emotion.signals.ecg.kernels import correlate
from edge_emotion.signals.quality import NO_FAULT, Block, BlockQuality, longest_rail, ramp
from edge_emotion.signals.verdict import Verdict
from edge_emotion.types import QualityReason

LARGEST_MV = 16.0
"""Furthest from the block's mean; a DC-coupled amplifier's electrode offset does not count."""

FLAT_MV = 0.005
RAIL_MV = 1.0
RAIL_S = 0.06
SATURATED_SHARE = 0.5
LEAD_OFF_BLOCKS = 2
"""Flat or at the rail for so many seconds: no electrode touches the skin."""

QRS_HZ = (8.0, 20.0)
TAPS_S = 0.4
WORKING_HZ = 125.0
"""Faster signals are averaged down to this rate or a little more before the band-pass."""

FLOOR_SHARE = (0.05, 0.20)
"""Median of the QRS band over the typical peak of a second: 0.03 for a clean heart, 0.3 for noise alone. An index of
one half keeps 97 of 100 windows whose beats are right and refuses 45 of 100 of the others."""

MOTION_EXCESS = (3.0, 6.0)
"""Peak of a second over the typical one; a premature beat reaches 2."""

TYPICAL_BLOCKS = 10

MAINS_HZ = (50.0, 60.0)
MAINS_SHARE = (0.5, 0.9)
BASELINE_SHARE = (0.8, 0.97)
BASELINE_BLOCKS = 4
NAMED_ONLY = 0.95
"""A fault that the detector's filter removes lowers the score to this at worst: more would mix up hum with lost beats."""


class EcgQuality(BlockQuality):
    """Lead off, flat, saturated, clipped, out of range, motion, noisy, mains, baseline."""

    def __init__(self, rate_hz: float) -> None:
        super().__init__(rate_hz)
        self._rail = max(4, round(RAIL_S * rate_hz))
        self._factor = max(1, int(rate_hz / WORKING_HZ))
        self._taps = _band_pass(rate_hz / self._factor)
        self._probes = _probes(self._length, rate_hz)
        self._tail: Block = np.empty(0)
        self._peaks: deque[float] = deque(maxlen=TYPICAL_BLOCKS)
        self._means: deque[float] = deque(maxlen=BASELINE_BLOCKS)
        self._dead = 0

    def _judge(self, block: Block) -> Verdict:
        low, high = self._low, self._high
        if high - low < FLAT_MV:
            return self._is_dead(QualityReason.FLAT)
        at_rail: int = 0
        if high - low >= RAIL_MV:  # less is no rail
            at_rail = int(max(np.count_nonzero(block == low), np.count_nonzero(block == high)))
            if at_rail > SATURATED_SHARE * len(block):
                return self._is_dead(QualityReason.SATURATED)
        self._dead = 0
        reasons: list[QualityReason] = []
        if max(high, -low) > LARGEST_MV and self._is_far(block):
            reasons.append(QualityReason.OUT_OF_RANGE)
        if at_rail > self._rail and longest_rail(block, low, high, RAIL_MV) > self._rail:
            reasons.append(QualityReason.CLIPPED)
        if reasons:
            self._tail = np.empty(0)
            return 0.0, tuple(reasons)
        floor, motion = self._band_scores(block)
        mains, baseline = self._named_scores(block)
        score = min(floor, motion, mains, baseline)
        if score == 1.0:
            return NO_FAULT
        named = (
            (QualityReason.NOISY, floor < 0.5),
            (QualityReason.MOTION, motion < 0.5),
            (QualityReason.POWERLINE, mains < 1.0),
            (QualityReason.BASELINE, baseline < 1.0),
        )
        return score, tuple(reason for reason, found in named if found)

    def _is_dead(self, reason: QualityReason) -> Verdict:
        self._tail = np.empty(0)
        self._dead += 1
        return 0.0, (QualityReason.LEAD_OFF, reason) if self._dead >= LEAD_OFF_BLOCKS else (reason,)

    def _is_far(self, block: Block) -> bool:
        middle = float(np.add.reduce(block)) / len(block)
        return max(self._high - middle, middle - self._low) > LARGEST_MV

    def _band_scores(self, block: Block) -> tuple[float, float]:
        """Noise floor and motion, from the QRS band."""
        factor = self._factor
        if factor > 1:
            whole = len(block) // factor * factor
            block = np.add.reduce(block[:whole].reshape(-1, factor), axis=1) / factor
        taps = self._taps
        if len(self._tail) == 0:
            self._tail = np.full(len(taps) - 1, block[0])
        joined = np.concatenate((self._tail, block))
        self._tail = joined[1 - len(taps) :]
        band = correlate(joined, taps)  # the taps are symmetric
        band = np.abs(band, band)
        band.sort()
        peak, floor = float(band[-1]), float(band[len(band) // 2])
        peaks = self._peaks
        before = _middle(peaks) if peaks else peak
        peaks.append(peak)
        typical = _middle(peaks)
        if typical <= 0.0:
            return 0.0, 1.0
        motion = 1.0 - ramp(peak / before, MOTION_EXCESS) if before > 0.0 else 1.0
        return 1.0 - ramp(floor / typical, FLOOR_SHARE), motion

    def _named_scores(self, block: Block) -> tuple[float, float]:
        """Mains and baseline, as shares of the raw signal's power."""
        count = len(block)
        mean = float(np.add.reduce(block)) / count
        apart = block - mean
        trend, *waves = np.add.reduce(self._probes * apart, 1).tolist()
        apart *= apart
        power = float(np.add.reduce(apart)) / count
        mains = 0.0
        for c, s in zip(waves[::2], waves[1::2], strict=True):
            mains = max(mains, 2.0 * (c * c + s * s))
        self._means.append(mean)
        centre = sum(self._means) / len(self._means)
        trend *= trend
        slow = sum([(m - centre) ** 2 for m in self._means]) / len(self._means) + trend
        return (
            1.0 - (1.0 - NAMED_ONLY) * ramp(mains / power, MAINS_SHARE),
            1.0 - (1.0 - NAMED_ONLY) * ramp(slow / (slow + max(0.0, power - trend)), BASELINE_SHARE),
        )

    def _forget(self) -> None:
        self._tail = np.empty(0)
        self._peaks.clear()
        self._means.clear()
        self._dead = 0


def _middle(values: deque[float]) -> float:
    return sorted(values)[len(values) // 2]


def _band_pass(rate_hz: float) -> Block:
    """Taps of a linear-phase band-pass `QRS_HZ` (windowed sinc, Hamming) without response to a constant."""
    half = round(TAPS_S * rate_hz / 2)
    at = np.arange(-half, half + 1)
    window = 0.54 + 0.46 * np.cos(np.pi * at / half)
    low, high = (2.0 * hz / rate_hz for hz in QRS_HZ)
    taps = (high * np.sinc(high * at) - low * np.sinc(low * at)) * window
    result: Block = taps - window * (taps.sum() / window.sum())
    return result


def _probes(length: int, rate_hz: float) -> Block:
    """Rows whose product with a block is its straight trend, and cosine and sine of each mains frequency that the rate can show.

    The trend's square is its power; sine and cosine are under a Hann window, and twice the sum of their squares is the power.
    """
    straight = np.arange(length) - (length - 1) / 2
    rows = [straight / math.sqrt(length * float(np.square(straight).sum()))]
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    window /= window.sum()
    for hz in MAINS_HZ:
        if hz < 0.48 * rate_hz:
            phase = 2.0 * math.pi * hz / rate_hz * np.arange(length)
            rows += [window * np.cos(phase), window * np.sin(phase)]
    return np.stack(rows)
