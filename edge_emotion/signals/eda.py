"""Skin conductance, sample by sample: level, tonic and phasic part, responses.

A response is found from trough to peak on the low-passed level with a threshold in uS that never depends on what comes
later. Indices of responses are corrected for the low-pass's delay; the three series are not, they lag by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_emotion.signals.biquad import BiquadCascade, FiniteHold, Values, group_delay
from edge_emotion.signals.spec import Sos

SCR_HZ = 0.2
"""Where a response has most of its energy: the low-pass's delay is taken there."""

FALL_SHARE = 0.15
"""A response has peaked once the level has fallen by this share of its rise (or by the threshold, if that is less)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrPeak:
    """A skin-conductance response at (fractional) sample indices since reset."""

    onset_index: float
    peak_index: float
    decided_index: int
    amplitude_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaBlock:
    """One value per sample in each series, microsiemens; ``nan`` before the first finite sample."""

    level_us: list[float]
    tonic_us: list[float]
    phasic_us: list[float]
    scrs: list[ScrPeak]


class EdaAnalyser:
    """Low-pass, one-pole tonic, trough-to-peak responses.

    Non-finite samples count as repetitions of the last finite one; no input raises.

    Parameters
    ----------
    sos
        Low-pass of about 1 Hz for this rate.
    rate_hz
        Sampling rate; 4 Hz and above.
    tonic_hz
        Corner of the one-pole low-pass that gives the tonic part.
    threshold_us
        Least rise from trough to peak.
    """

    def __init__(self, sos: Sos, rate_hz: float, tonic_hz: float, threshold_us: float) -> None:
        self._cascade = BiquadCascade(sos)
        self._hold = FiniteHold()
        self._delay = group_delay(sos, SCR_HZ, rate_hz)
        self._keep = math.exp(-2.0 * math.pi * tonic_hz / rate_hz)
        self._threshold = threshold_us
        self.reset()

    def reset(self) -> None:
        """Be as new: the next sample has index 0 and sets the filters' state."""
        self._cascade.reset()
        self._hold.reset()
        self._index = 0
        self._tonic: float | None = None
        self._rising = False
        self._trough = (math.inf, 0)
        self._crest = (-math.inf, 0)

    def push(self, values_us: Values) -> EdaBlock:
        """Series and responses of the next samples.

        Parameters
        ----------
        values_us
            Shape (n,), microsiemens.
        """
        skipped, values = self._hold.push(values_us)
        level_us = self._cascade.push(values)
        tonic_us = self._follow(level_us)
        self._index += skipped
        scrs = self._find(level_us)
        unknown = [math.nan] * skipped
        phasic_us = [level - tonic for level, tonic in zip(level_us, tonic_us, strict=True)]
        return EdaBlock(
            level_us=unknown + level_us,
            tonic_us=unknown + tonic_us,
            phasic_us=unknown + phasic_us,
            scrs=scrs,
        )

    def _follow(self, level_us: list[float]) -> list[float]:
        if not level_us:
            return []
        keep = self._keep
        tonic = level_us[0] if self._tonic is None else self._tonic
        out: list[float] = []
        for level in level_us:
            tonic = keep * tonic + (1.0 - keep) * level
            out.append(tonic)
        self._tonic = tonic
        return out

    def _find(self, level_us: list[float]) -> list[ScrPeak]:
        threshold = self._threshold
        n, rising = self._index, self._rising
        (low, low_at), (high, high_at) = self._trough, self._crest
        scrs: list[ScrPeak] = []
        for level in level_us:
            if not rising:
                if level <= low:
                    low, low_at = level, n
                elif level - low >= threshold:
                    rising, high, high_at = True, level, n
            elif level > high:
                high, high_at = level, n
            elif high - level > min(FALL_SHARE * (high - low), threshold):
                scrs.append(self._scr(low_at, high_at, n, high - low))
                rising, low, low_at = False, level, n
            n += 1
        self._index, self._rising = n, rising
        self._trough, self._crest = (low, low_at), (high, high_at)
        return scrs

    def _scr(self, onset: int, peak: int, decided: int, amplitude_us: float) -> ScrPeak:
        return ScrPeak(
            onset_index=max(0.0, onset - self._delay),
            peak_index=max(0.0, peak - self._delay),
            decided_index=decided,
            amplitude_us=amplitude_us,
        )
