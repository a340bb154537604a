"""Heart beats from ECG, sample by sample.

Rules of this file
------------------
- Everything is causal and depends on sample indices alone: cutting the signal into other packets changes no bit.
- Sums that run along are made anew at fixed indices, so rounding cannot pile up.
- A beat's index is corrected for the band-pass's own delay, computed from its coefficients.
"""

from __future__ import annotations

import math

from edge_emotion.signals.biquad import BiquadCascade, FiniteHold, Values, group_delay
from edge_emotion.signals.pulse import BeatDecider, Bulge, DeciderSettings, LocalMaxima, Peak, parabola
from edge_emotion.signals.spec import Sos

QRS_HZ = 12.0
"""Where a QRS complex has most of its energy within the detector band: the delay is taken there."""

INTEGRAL_S = 0.120
HOLD_S = 0.100
SIDE_RATE = 0.1
SIDE_SHARE = 0.8
DECIDER = DeciderSettings(
    threshold=0.3,
    least_amplitude=0.001,  # mV
    refractory_s=0.25,
    t_wave_s=0.36,
    t_wave_share=0.4,
    jump=4.0,
    search_back_share=0.4,
    patience_s=2.0,
)
"""Chosen on 24 records of the MIT-BIH Arrhythmia Database (those with odd places in its list: 100, 102, 104 ...)."""


class EcgBeatDetector:
    """R peaks in the manner of Pan & Tompkins (1985): band-pass, squared difference, moving integral, threshold.

    The fiducial point is the extremum of the band-passed signal under the integral's maximum, refined by a
    parabola.
    A beat is decided about 0.2 s after it, later only where it had to be searched back or within the first 2 s.

    Non-finite samples count as repetitions of the last finite one; no input raises.

    Parameters
    ----------
    sos
        Band-pass of about 8-20 Hz for this rate.
    rate_hz
        Sampling rate; 100 Hz and above.
    """

    def __init__(self, sos: Sos, rate_hz: float) -> None:
        self._cascade = BiquadCascade(sos)
        self._hold = FiniteHold()
        self._delay = group_delay(sos, QRS_HZ, rate_hz)
        self._width = max(2, round(INTEGRAL_S * rate_hz))
        hold = max(1, math.ceil(HOLD_S * rate_hz))
        self._reach = self._width + 3
        self._history = self._reach + hold + 2
        self._maxima = LocalMaxima(hold)
        self._decider = BeatDecider(DECIDER, rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new: the next sample has index 0 and sets the filter's state."""
        self._cascade.reset()
        self._hold.reset()
        self._maxima.reset()
        self._decider.reset()
        self._skipped = 0
        self._count = 0
        self._sum = 0.0
        self._highest = 0.0
        self._lowest = 0.0
        self._band: list[float] = [0.0] * self._history
        self._energy: list[float] = [0.0] * self._width

    def push(self, values_mv: Values) -> list[Peak]:
        """Beats that these samples complete, in increasing order of index.

        Parameters
        ----------
        values_mv
            Shape (n,), millivolt.
        """
        skipped, values = self._hold.push(values_mv)
        self._skipped += skipped
        if not values:
            return []
        start = self._count
        band = self._band + self._cascade.push(values)
        maxima = self._maxima.push(self._integrate(band))
        self._count = start + len(values)
        peaks: list[Peak] = []
        for index, height, known in maxima:
            bulge = self._locate(band, index - start + self._history, index, height, known)
            peaks += self._decider.advance(known - 1)
            peaks += self._decider.offer(bulge)
        peaks += self._decider.advance(self._count - 1)
        self._band = band[-self._history :]
        return [peak.shifted(self._skipped) for peak in peaks] if self._skipped else peaks

    def _integrate(self, band: list[float]) -> list[float]:
        """Sum of the squared two-sample difference over the last `INTEGRAL_S`, one value per new sample."""
        width = self._width
        first = self._history
        energy = self._energy + [
            (a - b) * (a - b) for a, b in zip(band[first:], band[first - 2 :], strict=False)
        ]
        until_renewal = width - self._count % width
        total = self._sum
        out: list[float] = []
        for k in range(len(energy) - width):
            until_renewal -= 1
            if until_renewal:
                total += energy[k + width] - energy[k]
            else:
                total = math.fsum(energy[k + 1 : k + width + 1])
                until_renewal = width
            out.append(total)
        self._sum = total
        self._energy = energy[-width:]
        return out

    def _locate(self, band: list[float], at: int, index: int, height: float, known: int) -> Bulge:
        """The band's extremum in the stretch that the integral at ``at`` covers.

        Where both lobes of a QRS are about equally high, noise would choose between them beat by beat and move the
        fiducial point by half a period; so the side that has been higher of late is kept unless it is clearly lower.
        """
        stretch = band[at - self._reach : at + 1]
        highest, lowest = max(stretch[1:-1]), -min(stretch[1:-1])
        self._highest += SIDE_RATE * (highest - self._highest)
        self._lowest += SIDE_RATE * (lowest - self._lowest)
        upwards = self._highest >= self._lowest
        kept, other = (highest, lowest) if upwards else (lowest, highest)
        if kept < SIDE_SHARE * other:
            upwards = not upwards
        if not upwards:
            stretch = [-v for v in stretch]
        best = stretch.index(highest if upwards else lowest, 1)
        offset = parabola(stretch[best - 1], stretch[best], stretch[best + 1])
        position = max(0.0, index - self._reach + best + offset - self._delay)
        return Bulge(
            height=height, feature_index=index, index=position, amplitude=stretch[best], known_index=known
        )
