"""Turning what data sets hold into signals in this project's units."""

from __future__ import annotations

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


def rr_from_rate(rate_bpm: NDArray[np.float64], rate_hz: float) -> Signal:
    """Beats laid out by integrating a heart rate: one whenever the integral passes a whole number.

    Parameters
    ----------
    rate_bpm
        Shape (n,), heart rate at ``rate_hz``; what lies outside of `RATE_BPM` or is no number breaks the row of beats.

    Returns
    -------
    Signal
        Intervals in ms with the times of the beats that end them, NaN where a run begins. They carry the rate, not the
        beat-to-beat variation.
    """
    usable = (rate_bpm >= RATE_BPM[0]) & (rate_bpm <= RATE_BPM[1])
    edges = np.flatnonzero(np.diff(usable.astype(np.int8), prepend=0, append=0))
    intervals_s: list[NDArray[np.float64]] = []
    ends_s: list[NDArray[np.float64]] = []
    for start, stop in edges.reshape(-1, 2).tolist():
        at_s = np.arange(start, stop + 1) / rate_hz
        passed = np.concatenate([[0.0], np.cumsum(rate_bpm[start:stop]) / (60 * rate_hz)])
        beats_s = np.interp(np.arange(1, int(passed[-1]) + 1), passed, at_s)
        # The interval before a run's first beat is not known: NaN makes the chain begin anew there.
        intervals_s.append(np.diff(beats_s, prepend=np.nan))
        ends_s.append(beats_s)
    times_s = np.concatenate(ends_s) if ends_s else np.empty(0)
    intervals = np.concatenate(intervals_s) if intervals_s else np.empty(0)
    return Signal(
        modality=Modality.RR,
        rate_hz=None,
        start_s=float(times_s[0]) if len(times_s) else 0.0,
        values=(1000 * intervals).astype(np.float32),
        times_s=times_s,
    )
