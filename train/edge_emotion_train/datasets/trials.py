"""Sets that keep each film clip as an array of its own: clips of one person, laid out as one session."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge_emotion.types import FloatArray, Modality
from edge_emotion_train.datasets.protocol import Interval, Rating, Signal

PAUSE_S = 10.0
"""Time without samples between two clips: the chain begins anew, and no window mixes clips. The real pauses are not kept
by these sets."""

BASELINE, CLIP = "baseline", "clip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One clip.

    Parameters
    ----------
    signals
        By modality: rate in Hz and values of shape (n,) or (n, channels).
    baseline_s
        Length of the part before the clip that its arrays begin with.
    duration_s
        Length of everything.
    """

    signals: Mapping[Modality, tuple[float, FloatArray]]
    baseline_s: float
    duration_s: float
    ratings: tuple[Rating, ...]

    def intervals(self) -> tuple[Interval, ...]:
        """The baseline, and the clip with its ratings."""
        before = Interval(start_s=0.0, end_s=self.baseline_s, name=BASELINE)
        clip = Interval(start_s=self.baseline_s, end_s=self.duration_s, name=CLIP, ratings=self.ratings)
        return (before, clip) if self.baseline_s > 0 else (clip,)


def lay_out(trials: Sequence[Trial]) -> tuple[tuple[Signal, ...], tuple[Interval, ...]]:
    """All trials on one time axis, in the order given, `PAUSE_S` or a little more apart; NaN in between.

    Every trial begins on a whole second, so that signals of all rates fit.
    """
    starts_s: list[float] = []
    reached_s = 0.0
    for trial in trials:
        starts_s.append(reached_s)
        reached_s = math.ceil(reached_s + trial.duration_s + PAUSE_S)
    placed = list(zip(starts_s, trials, strict=True))
    end_s = starts_s[-1] + trials[-1].duration_s if trials else 0.0
    intervals = tuple(
        replace(interval, start_s=start_s + interval.start_s, end_s=start_s + interval.end_s)
        for start_s, trial in placed
        for interval in trial.intervals()
    )
    modalities = dict.fromkeys(modality for trial in trials for modality in trial.signals)
    return tuple(_joined(modality, placed, end_s) for modality in modalities), intervals


def _joined(modality: Modality, placed: Sequence[tuple[float, Trial]], end_s: float) -> Signal:
    parts = [(start_s, *trial.signals[modality]) for start_s, trial in placed if modality in trial.signals]
    rate_hz, first = parts[0][1], parts[0][2]
    values = np.full((math.ceil(end_s * rate_hz), *first.shape[1:]), np.nan, np.float32)
    for start_s, _, part in parts:
        at = round(start_s * rate_hz)
        values[at : at + len(part)] = part[: len(values) - at]
    return Signal(modality=modality, rate_hz=rate_hz, start_s=0.0, values=values)


def ratings(
    scales: Sequence[str], values: Sequence[float], minimum: float, maximum: float
) -> tuple[Rating, ...]:
    """What was rated; a value that is no number, or outside of the scale, was not."""
    return tuple(
        Rating(scale=scale, value=float(value), minimum=minimum, maximum=maximum)
        for scale, value in zip(scales, values, strict=False)
        if minimum <= value <= maximum
    )
