"""Turning what data sets hold into signals in this project's units."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge_emotion.types import FloatArray, Modality
from edge_emotion_train.datasets.protocol import Signal

RATE_BPM = (30.0, 220.0)
ECG_SPAN_MV = 20.0
"""No heart gives more between its lowest and its highest voltage; a larger span is in uV."""


def series(modality: Modality, rate_hz: float, values: ArrayLike, start_s: float = 0.0) -> Signal:
    """A regularly sampled signal of shape (n,), or (n, channels)."""
    return Signal(
        modality=modality, rate_hz=rate_hz, start_s=start_s, values=np.asarray(values, dtype=np.float32)
    )


def microsiemens(resistance_ohm: ArrayLike) -> FloatArray:
    """Conductance of a resistance; NaN where the resistance is not positive."""
    ohm = np.asarray(resistance_ohm, np.float64)
    usable = np.where(ohm > 0, ohm, np.nan)
    return (1e6 / usable).astype(np.float32)


def millivolts(ecg: ArrayLike) -> FloatArray:
    """An ECG whose unit its data set does not state, in mV: divided by 1000 when its span cannot be one in mV.

    The span is taken between the 0.1 and the 99.9 percentile of the whole recording: it decides a unit, nothing else.
    """
    values = np.asarray(ecg, np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return values.astype(np.float32)
    low, high = np.percentile(finite, [0.1, 99.9])
    factor = 1e-3 if high - low > ECG_SPAN_MV else 1.0
    return (values * factor).astype(np.float32)


def unwrapped(values: ArrayLike, span: float) -> FloatArray:
    """Put back values that overflowed a signed integer: those more than a quarter of ``span`` below zero."""
    array = np.asarray(values, np.float64)
    return np.where(array < -span / 4, array + span, array).astype(np.float32)


def rr_from_held_rate(rate_bpm: NDArray[np.float64], rate_hz: float) -> Signal:
    """Beats from a recorder that shows the rate of the latest beat until the next one.

    A change of the value is a beat, and the new value its interval. Where a value stays, another equal interval has passed
    once it has stayed for one and a half: such a beat is stamped then, when it is known, and not before. What lies outside of
    `RATE_BPM` or is no number breaks the row of beats.

    Parameters
    ----------
    rate_bpm
        Shape (n,), heart rate in beats per minute, one value every ``1 / rate_hz`` seconds.

    Returns
    -------
    Signal
        Intervals in ms, NaN where a row begins, with the times at which they are known.
    """
    usable = (rate_bpm >= RATE_BPM[0]) & (rate_bpm <= RATE_BPM[1])
    edges = [0, *(np.flatnonzero(np.diff(rate_bpm)) + 1).tolist(), len(rate_bpm)]
    times_s: list[float] = []
    intervals_ms: list[float] = []
    follows = False
    for first, last in pairwise(edges):
        if first == last or not usable[first]:
            follows = False
            continue
        interval_s = 60 / float(rate_bpm[first])
        held_s = (last - first) / rate_hz
        repeats = max(0, int(held_s / interval_s - 0.5))
        times_s += [first / rate_hz, *(first / rate_hz + (k + 1.5) * interval_s for k in range(repeats))]
        intervals_ms += [1000 * interval_s if follows else np.nan, *[1000 * interval_s] * repeats]
        follows = True
    return Signal(
        modality=Modality.RR,
        rate_hz=None,
        start_s=times_s[0] if times_s else 0.0,
        values=np.array(intervals_ms, np.float32),
        times_s=np.array(times_s, np.float64),
    )
