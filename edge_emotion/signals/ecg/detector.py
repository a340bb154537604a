"""Heart beats from ECG, sample by sample.

Rules of this file
------------------
- Everything is causal and depends on sample indices alone: cutting the signal into other packets changes no bit. Filters
  sum whole numbers (see `edge_emotion.signals.ecg.kernels`), the rest is done element by element or once per candidate.
- All filters are symmetric: a beat's index needs no correction for delay.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.biquad import FiniteHold, Values
from edge_emotion.signals.bvp.pulse import Peak, parabola
from edge_emotion.signals.ecg.kernels import LIMIT_MV, QUANTUM_MV, correlate, kernels
from edge_emotion.signals.ecg.levels import Candidate
from edge_emotion.signals.ecg.path import BeatPath, Decision

Signal = NDArray[np.float64]

LEAST_AMPLITUDE_MV = 0.001
"""What is smaller is rounding or the sensor's last bit."""
FAINTEST_MV = 0.0001
SIDE_RATE = 0.1
SIDE_SHARE = 0.8


class EcgBeatDetector:
    """R peaks: maxima of a 20 Hz wavelet, described in four bands, decided by the best path through them.

    A beat is told 0.16 s after the wavelet's maximum when it is beyond or nearly beyond doubt, at most about 1.8 s after it
    when it is not, and 2 s after the start at the earliest.

    Non-finite samples count as repetitions of the last finite one; no input raises.

    Parameters
    ----------
    rate_hz
        Sampling rate; 100 Hz and above.
    """

    def __init__(self, rate_hz: float) -> None:
        self._kernels = kernels(rate_hz)
        self._faintest = (FAINTEST_MV / self._kernels.scale) ** 2
        self._least_power = LEAST_AMPLITUDE_MV**2 / self._kernels.gain
        self._hold = FiniteHold()
        self._path = BeatPath(rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new: the next sample has index 0 and is taken to have lasted for ever."""
        self._hold.reset()
        self._power: Signal = np.zeros(2 * self._kernels.hold)
        self._path.reset()
        self._skipped = 0
        self._count = 0
        self._raw: Signal | None = None
        self._highest = 0.0
        self._lowest = 0.0

    def push(self, values_mv: Values) -> list[Peak]:
        """Beats that these samples complete, in increasing order of index.

        Parameters
        ----------
        values_mv
            Shape (n,), millivolt.
        """
        quanta = self._quanta(values_mv)
        if not len(quanta):
            return []
        k, start, path = self._kernels, self._count, self._path
        if self._raw is None:
            self._raw = np.full(2 * k.reach, quanta[0])
        raw = np.concatenate((self._raw, quanta))
        decisions: list[Decision] = []
        # Power is numbered by its newest sample, in strides; the first new one comes with the first multiple from start on.
        first = -(-start // k.stride) - k.hold
        for at in self._maxima(raw):
            index = (first + at) * k.stride - k.half
            candidate = self._describe(raw, index - start + k.reach, index)
            decisions += path.advance(candidate.known_index - 1)
            decisions += path.offer(candidate)
        self._raw = raw[-2 * k.reach :]
        self._count += len(quanta)
        decisions += path.advance(self._count - 1)
        return [self._peak(decision) for decision in decisions]

    def _quanta(self, values_mv: Values) -> Signal:
        """Whole numbers of `QUANTUM_MV`; what is no number is replaced by the value before."""
        numbers = np.asarray(values_mv, dtype=np.float64).ravel()
        # One number says whether any is too large or none at all.
        if not numbers.dot(numbers) <= LIMIT_MV**2:
            numbers = self._repaired(numbers)
        quanta: Signal = np.rint(numbers * (1.0 / QUANTUM_MV))
        return quanta

    def _repaired(self, numbers: Signal) -> Signal:
        """Numbers held over what is none, and bounded; the start of a stream without numbers is skipped."""
        skipped, held = self._hold.push(numbers)
        if self._raw is None:
            self._skipped += skipped
        else:
            held = [float(self._raw[-1]) * QUANTUM_MV] * skipped + held
        self._hold.reset()
        return np.clip(np.array(held, dtype=np.float64), -LIMIT_MV, LIMIT_MV)

    def _maxima(self, raw: Signal) -> list[int]:
        """Where the wavelet's power is not exceeded for `HOLD_S` before and after; 0 is ``hold`` strides before the new ones."""
        k = self._kernels
        recent = raw[2 * (k.reach - k.half) :]
        even, odd = correlate(recent, k.even), correlate(recent, k.odd)
        even *= even
        odd *= odd
        even += odd
        if k.stride > 1:
            even = even[-self._count % k.stride :: k.stride]
        power = np.concatenate((self._power, even))
        self._power = power[-2 * k.hold :]
        width = 2 * k.hold + 1
        if len(power) < width:
            return []
        highest, covered = power, 1
        while 2 * covered <= width:
            highest = np.maximum(highest[:-covered], highest[covered:])
            covered *= 2
        highest = np.maximum(highest[: len(power) - width + 1], highest[width - covered :])
        middle = power[k.hold : -k.hold]
        least = self._least_power
        # The second of two equal ones does not count.
        return [
            at
            for at in (middle == highest).nonzero()[0].tolist()
            if power[at + k.hold] > least and power[at + k.hold - 1] < power[at + k.hold]
        ]

    def _describe(self, raw: Signal, at: int, index: int) -> Candidate:
        """The candidate at ``index`` from the samples around it, which begin at ``at``."""
        k, log, faintest = self._kernels, math.log, self._faintest
        around = raw[at : at + 2 * k.reach + 1]
        shape: list[float] = around.dot(k.bands).tolist()
        a, b, c, d, e, f, g, h = shape
        first, second, third, fourth = a * a + b * b, c * c + d * d, e * e + f * f, g * g + h * h
        heights = (
            0.5 * log(first + faintest),
            0.5 * log(second + faintest),
            0.5 * log(third + faintest),
            0.5 * log(fourth + faintest),
        )
        norm = math.sqrt(first + second + third + fourth + 1e-6)
        return Candidate(index, index + k.reach, heights, shape, norm, around)

    def _peak(self, decision: Decision) -> Peak:
        """The extremum of the fine signal, with a parabola.

        Where both lobes of a QRS are about equally high, noise would choose between them beat by beat and move the
        fiducial point by half a period; so the side that has been higher of late is kept unless it is clearly lower.
        """
        k = self._kernels
        trace: list[float] = decision.candidate.around.dot(k.fine).tolist()
        inner = trace[1:-1]
        highest, lowest = max(inner), -min(inner)
        if not self._highest and not self._lowest:
            self._highest, self._lowest = highest, lowest
        self._highest += SIDE_RATE * (highest - self._highest)
        self._lowest += SIDE_RATE * (lowest - self._lowest)
        upwards = self._highest >= self._lowest
        kept, other = (highest, lowest) if upwards else (lowest, highest)
        if kept < SIDE_SHARE * other:
            upwards = not upwards
        best, sign = (inner.index(highest) + 1, 1.0) if upwards else (inner.index(-lowest) + 1, -1.0)
        before, middle, after = sign * trace[best - 1], sign * trace[best], sign * trace[best + 1]
        position = decision.candidate.index + k.first + k.step * (best + parabola(before, middle, after))
        return Peak(
            index=max(0.0, position) + self._skipped,
            decided_index=decision.decided_index + self._skipped,
            amplitude=middle * k.scale,
            confidence=decision.confidence,
        )
