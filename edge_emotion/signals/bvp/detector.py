"""Heart beats from a photoplethysmogram (blood volume pulse), sample by sample, in arbitrary units.

Rules of this file are those of `edge_emotion.signals.ecg.detector`. The fiducial point is the steepest upstroke: it is sharper
than the pulse's crest and foot, and keeps its place when the pulse changes shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from edge_emotion.signals.biquad import BiquadCascade, FiniteHold, Values, group_delay
from edge_emotion.signals.bvp.pulse import BeatDecider, Bulge, DeciderSettings, LocalMaxima, Peak, parabola
from edge_emotion.signals.bvp.shape import HEAD_S, PulseShapes, ShapeReader
from edge_emotion.signals.spec import Sos

UPSTROKE_HZ = 2.5
"""Where a pulse's upstroke has most of its energy within the band: the delay is taken there."""

HOLD_S = 0.200
DECIDER = DeciderSettings(
    threshold=0.3,
    least_amplitude=1e-4,  # per second
    refractory_s=0.30,
    t_wave_s=0.50,
    t_wave_share=0.6,
    jump=1.5,
    search_back_share=0.5,
    patience_s=2.5,
    learning_s=3.0,
)
"""Chosen on ten people of Stress-Predict (S01-S10) against the Empatica E4's own intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulsePeak:
    """A pulse at a (fractional) sample index.

    Parameters
    ----------
    index, decided_index, amplitude
        As in `edge_emotion.signals.pulse.Peak`.
    likeness
        Median correlation with the pulses before, in [-1, 1]; ``None`` after too few of them.
    """

    index: float
    decided_index: int
    amplitude: float
    likeness: float | None


class BvpBeatDetector:
    """Steepest upstrokes of the pulse: band-pass, first difference, local maxima, adaptive threshold.

    A beat is decided about 0.2 s after it, later only where it had to be searched back or within the first 3 s.
    Amplitudes are slopes of the band-passed pulse per second. The pulse must rise with blood volume (as the Empatica E4
    and reflective sensors give it after inversion).

    Non-finite samples count as repetitions of the last finite one; no input raises.

    Parameters
    ----------
    sos
        Band-pass of about 0.5-5 Hz for this rate.
    rate_hz
        Sampling rate; 25 Hz and above.
    """

    def __init__(self, sos: Sos, rate_hz: float) -> None:
        self._cascade = BiquadCascade(sos)
        self._hold = FiniteHold()
        # The difference of neighbours lies half a sample before the newer one.
        self._delay = group_delay(sos, UPSTROKE_HZ, rate_hz) + 0.5
        self._rate_hz = rate_hz
        self._history = math.ceil((HOLD_S + HEAD_S) * rate_hz) + 4
        self._reader = ShapeReader(rate_hz)
        self._shapes = PulseShapes()
        self._maxima = LocalMaxima(math.ceil(HOLD_S * rate_hz))
        self._decider = BeatDecider(DECIDER, rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new: the next sample has index 0 and sets the filter's state."""
        self._cascade.reset()
        self._hold.reset()
        self._maxima.reset()
        self._decider.reset()
        self._shapes.reset()
        self._skipped = 0
        self._count = 0
        self._band: list[float] = [0.0] * self._history
        self._slope: list[float] = [0.0] * self._history

    def push(self, values: Values) -> list[PulsePeak]:
        """Beats that these samples complete, in increasing order of index.

        Parameters
        ----------
        values
            Shape (n,), arbitrary unit.
        """
        skipped, finite = self._hold.push(values)
        self._skipped += skipped
        if not finite:
            return []
        start = self._count
        band = self._band + self._cascade.push(finite)
        slope = self._slope + self._differences(band, start)
        maxima = self._maxima.push(slope[self._history :])
        self._count = start + len(finite)
        peaks: list[Peak] = []
        for index, height, known in maxima:
            at = index - start + self._history
            bulge = self._locate(slope, at, index, height, known)
            self._shapes.keep(bulge.index, self._reader.at(band, at))
            peaks += self._decider.advance(known - 1)
            peaks += self._decider.offer(bulge)
        peaks += self._decider.advance(self._count - 1)
        self._band = band[-self._history :]
        self._slope = slope[-self._history :]
        return [self._compared(peak) for peak in peaks]

    def _compared(self, peak: Peak) -> PulsePeak:
        return PulsePeak(
            index=peak.index + self._skipped,
            decided_index=peak.decided_index + self._skipped,
            amplitude=peak.amplitude,
            likeness=self._shapes.likeness(peak.index),
        )

    def _differences(self, band: list[float], start: int) -> list[float]:
        """Slope of the band-passed pulse per second; 0 for the very first sample."""
        rate_hz = self._rate_hz
        new = band[self._history - 1 :]
        if start == 0:
            new[0] = new[1]
        return [rate_hz * (b - a) for a, b in pairwise(new)]

    def _locate(self, slope: list[float], at: int, index: int, height: float, known: int) -> Bulge:
        offset = parabola(slope[at - 1], height, slope[at + 1])
        position = max(0.0, index + offset - self._delay)
        return Bulge(height=height, feature_index=index, index=position, amplitude=height, known_index=known)
