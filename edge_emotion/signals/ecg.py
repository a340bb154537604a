"""Heart beats from ECG, sample by sample.

Rules of this file
------------------
- Everything is causal and depends on sample indices alone: cutting the signal into other packets changes no bit. Filters
  sum whole numbers (see `edge_emotion.signals.ecg_kernels`), the rest is done element by element or once per candidate.
- All filters are symmetric: a beat's index needs no correction for delay.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.biquad import FiniteHold, Values
from edge_emotion.signals.ecg_kernels import BANDS, LIMIT_MV, QUANTUM_MV, kernels
from edge_emotion.signals.ecg_path import BeatPath, Candidate, Decision
from edge_emotion.signals.pulse import Peak, parabola

Signal = NDArray[np.float64]

LEAST_AMPLITUDE_MV = 0.001
"""What is smaller is rounding or the sensor's last bit."""
SIDE_RATE = 0.1
SIDE_SHARE = 0.8
_SHAPE = 2 * len(BANDS)


class EcgBeatDetector:
    """R peaks: maxima of a 20 Hz wavelet, described in four bands, decided by the best path through them.

    A beat is decided 0.16 s after the wavelet's maximum when it is beyond doubt, at most about 1.8 s after it when it is
    not, and 2 s after the start at the earliest.

    Non-finite samples count as repetitions of the last finite one; no input raises.

    Parameters
    ----------
    rate_hz
        Sampling rate; 100 Hz and above.
    """

    def __init__(self, rate_hz: float) -> None:
        self._kernels = kernels(rate_hz)
        self._least_power = LEAST_AMPLITUDE_MV**2 / self._kernels.gain
        self._hold = FiniteHold()
        self._path = BeatPath(rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new: the next sample has index 0 and is taken to have lasted for ever."""
        self._hold.reset()
        self._path.reset()
        self._skipped = 0
        self._count = 0
        self._raw: Signal | None = None
        self._power: Signal = np.zeros(2 * self._kernels.hold)
        self._highest = 0.0
        self._lowest = 0.0

    def push(self, values_mv: Values) -> list[Peak]:
        """Beats that these samples complete, in increasing order of index.

        Parameters
        ----------
        values_mv
            Shape (n,), millivolt.
        """
        skipped, held = self._hold.push_array(values_mv)
        self._skipped += skipped
        if not len(held):
            return []
        quanta = np.rint(held * (1.0 / QUANTUM_MV))
        np.clip(quanta, -LIMIT_MV / QUANTUM_MV, LIMIT_MV / QUANTUM_MV, out=quanta)
        reach = self._kernels.reach
        if self._raw is None:
            self._raw = np.full(2 * reach, quanta[0])
        raw = np.concatenate((self._raw, quanta))
        decisions: list[Decision] = []
        for at in self._maxima(raw):
            candidate = self._describe(raw[at : at + 2 * reach + 1], self._count - reach + at)
            decisions += self._path.advance(candidate.known_index - 1)
            decisions += self._path.offer(candidate)
        self._raw = raw[-2 * reach :]
        self._count += len(quanta)
        decisions += self._path.advance(self._count - 1)
        return [self._peak(decision) for decision in decisions]

    def _maxima(self, raw: Signal) -> list[int]:
        """Where the wavelet's power is the largest for `HOLD_S` before and after; 0 is ``reach`` before the newest old sample."""
        k = self._kernels
        recent = raw[2 * k.hold :]
        even = np.convolve(recent, k.even, "valid")
        odd = np.convolve(recent, k.odd, "valid")
        power = np.concatenate((self._power, even * even + odd * odd))
        self._power = power[-2 * k.hold :]
        middle = power[k.hold : -k.hold]
        # Zero power before the first sample cannot be a maximum; an exact tie (clipped signals) counts once.
        best = (middle >= _sliding_maximum(power, 2 * k.hold + 1)) & (middle > self._least_power)
        found: list[int] = best.nonzero()[0].tolist()
        return [at for at in found if power[at + k.hold - 1] < power[at + k.hold]]

    def _describe(self, around: Signal, index: int) -> Candidate:
        k = self._kernels
        numbers = (around @ k.around) * k.scale
        shape: list[float] = numbers[:_SHAPE].tolist()
        squares = [v * v for v in shape]
        floor = LEAST_AMPLITUDE_MV * 0.1
        logs = [math.log(math.sqrt(squares[b] + squares[b + 1]) + floor) for b in range(0, _SHAPE, 2)]
        norm = math.sqrt(sum(squares)) + 1e-12
        return Candidate(
            index=index,
            known_index=index + k.reach,
            height=sum(logs) / len(logs),
            shape=[v / norm for v in shape],
            trace=numbers[_SHAPE:],
        )

    def _peak(self, decision: Decision) -> Peak:
        """The extremum of the fine signal, with a parabola.

        Where both lobes of a QRS are about equally high, noise would choose between them beat by beat and move the
        fiducial point by half a period; so the side that has been higher of late is kept unless it is clearly lower.
        """
        k = self._kernels
        trace: list[float] = decision.candidate.trace.tolist()
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
        if not upwards:
            trace = [-v for v in trace]
        best = trace.index(highest if upwards else lowest, 1)
        offset = best + parabola(trace[best - 1], trace[best], trace[best + 1])
        position = decision.candidate.index + k.first + k.step * offset
        return Peak(
            index=max(0.0, position) + self._skipped,
            decided_index=decision.decided_index + self._skipped,
            amplitude=trace[best],
            confidence=decision.confidence,
        )


def _sliding_maximum(values: Signal, width: int) -> Signal:
    """Largest of each ``width`` neighbours, shape (n - width + 1,), by doubling."""
    covered = 1
    while 2 * covered <= width:
        values = np.maximum(values[:-covered], values[covered:])
        covered *= 2
    rest = width - covered
    return np.maximum(values[: len(values) - rest], values[rest:])
