"""Skin conductance, sample by sample: level, tonic and phasic part, and responses from trough to peak.

Rules of this file
------------------
- Everything is causal: no threshold looks at a later maximum, no filter runs backwards.
- A response is decided when the level has fallen from its peak, never earlier; its times are corrected for the low-pass's delay.
- float64 throughout: conductance moves in nanosiemens on top of microsiemens, at corners far below the sampling rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_emotion.signals.biquad import BiquadCascade, FiniteHold, Values, group_delay
from edge_emotion.signals.spec import Sos

RESPONSE_HZ = 0.2
"""Where a skin-conductance response has its energy: the low-pass's delay is taken there."""

END_SHARE = 0.15
"""A response is over when the level has fallen by this share of its rise, or by the threshold if that is less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrPeak:
    """A skin-conductance response; indices count samples since reset, corrected for the low-pass's delay."""

    onset_index: float
    peak_index: float
    decided_index: int
    amplitude_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaBlock:
    """What came of one packet: three lists with one value per sample, and the responses it completed."""

    level_us: list[float]
    tonic_us: list[float]
    phasic_us: list[float]
    scrs: list[ScrPeak]


class EdaAnalyser:
    """Conductance to level, tonic, phasic and responses.

    Parameters
    ----------
    sos
        Low-pass of about 1 Hz for this rate.
    rate_hz
        Sampling rate, 4 Hz and above.
    tonic_hz
        Corner of the one-pole low-pass that follows the tonic level.
    threshold_us
        Least rise from trough to peak that counts as a response.

    Notes
    -----
    Trough-to-peak scoring as in Boucsein (2012, ch. 2.3), in causal form. A non-finite sample counts as a repetition of
    the last finite one; a start without any finite sample gives zeros.
    """

    def __init__(self, sos: Sos, rate_hz: float, tonic_hz: float, threshold_us: float) -> None:
        self._cascade = BiquadCascade(sos)
        self._hold = FiniteHold()
        self._keep = math.exp(-2 * math.pi * tonic_hz / rate_hz)
        self._threshold = threshold_us
        self._delay = group_delay(sos, RESPONSE_HZ, rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new: the next sample has index 0 and sets the filters' state."""
        self._cascade.reset()
        self._hold.reset()
        self._tonic: float | None = None
        self._count = 0
        self._rising = False
        self._low = (math.inf, 0)
        self._high = (-math.inf, 0)

    def push(self, values_us: Values) -> EdaBlock:
        """Analyse the next samples.

        Parameters
        ----------
        values_us
            Conductance in uS, shape (n,).

        Returns
        -------
        EdaBlock
            Lists of length n, and the responses that these samples complete, in order.
        """
        skipped, held = self._hold.push(values_us)
        level_us = self._cascade.push(held)
        tonic_us = self._follow(level_us)
        self._count += skipped
        scrs: list[ScrPeak] = []
        for level in level_us:
            scr = self._step(level)
            if scr is not None:
                scrs.append(scr)
            self._count += 1
        nothing = [0.0] * skipped
        return EdaBlock(
            level_us=nothing + level_us,
            tonic_us=nothing + tonic_us,
            phasic_us=nothing + [y - t for y, t in zip(level_us, tonic_us, strict=True)],
            scrs=scrs,
        )

    def _follow(self, level_us: list[float]) -> list[float]:
        """One-pole low-pass, seeded with the first level."""
        if not level_us:
            return []
        keep, tonic = self._keep, level_us[0] if self._tonic is None else self._tonic
        out = []
        for level in level_us:
            tonic = keep * tonic + (1 - keep) * level
            out.append(tonic)
        self._tonic = tonic
        return out

    def _step(self, level: float) -> ScrPeak | None:
        """Trough, rise, peak, fall."""
        now = self._count
        if not self._rising:
            if level < self._low[0]:
                self._low = (level, now)
            elif level - self._low[0] >= self._threshold:
                self._rising, self._high = True, (level, now)
            return None
        if level > self._high[0]:
            self._high = (level, now)
            return None
        rise = self._high[0] - self._low[0]
        if self._high[0] - level <= min(END_SHARE * rise, self._threshold):
            return None
        scr = ScrPeak(
            onset_index=self._low[1] - self._delay,
            peak_index=self._high[1] - self._delay,
            decided_index=now,
            amplitude_us=rise,
        )
        self._rising, self._low = False, (level, now)
        return scr
