"""A session without an end: the same signals again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.simulation.radio.world import RecordedSignals
from edge_emotion.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedSignals:
    """Begins anew at the end of ``once``; where they meet, the signals jump.

    Parameters
    ----------
    length_s
        When it begins anew.
    """

    once: RecordedSignals
    length_s: float

    @property
    def ecg_rate_hz(self) -> float:
        """As in the session."""
        return self.once.ecg_rate_hz

    @property
    def eda_rate_hz(self) -> float:
        """As in the session."""
        return self.once.eda_rate_hz

    def ecg_mv(self, start: int, count: int) -> FloatArray:
        """Samples [start, start + count) in mV."""
        return self.once.ecg[np.arange(start, start + count) % len(self.once.ecg)]

    def eda_us(self, start: int, count: int) -> FloatArray:
        """Samples [start, start + count) in microsiemens."""
        return self.once.eda[np.arange(start, start + count) % len(self.once.eda)]

    def beat_times_s(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        """Times of the beats in [start_s, end_s)."""
        first, last = int(start_s // self.length_s), int(end_s // self.length_s)
        rounds = [self.once.beats_s + turn * self.length_s for turn in range(first, last + 1)]
        beats_s = np.concatenate(rounds)
        return beats_s[(beats_s >= start_s) & (beats_s < end_s)]
