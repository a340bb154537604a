"""Scores of event detectors, and the reference that R peaks are judged against. All times in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts of one record, and each match's error after removal of the median delay."""

    hits: int
    false: int
    missed: int
    delay_s: float
    errors_s: Times


def score(reference_s: Times, found_s: Times, tolerance_s: float) -> Score:
    """One-to-one matches within ``tolerance_s`` once the median delay is removed.

    The median is taken over each reference's nearest detection within three tolerances. Greedy in time: of two detections
    near one reference the closer is taken.
    """
    reference, found = np.sort(reference_s), np.sort(found_s)
    if len(reference) == 0 or len(found) == 0:
        return Score(hits=0, false=len(found), missed=len(reference), delay_s=np.nan, errors_s=np.empty(0))
    apart = _nearest(reference, found)
    close = apart[np.abs(apart) < 3 * tolerance_s]
    delay_s = float(np.median(close)) if len(close) else 0.0
    errors = _match(reference, found - delay_s, tolerance_s)
    return Score(
        hits=len(errors),
        false=len(found) - len(errors),
        missed=len(reference) - len(errors),
        delay_s=delay_s,
        errors_s=np.array(errors),
    )


def f1(scores: Sequence[Score]) -> float:
    """Pooled over records: every event counts the same."""
    hits = sum(s.hits for s in scores)
    return 2 * hits / max(1, 2 * hits + sum(s.false + s.missed for s in scores))


def jitter_mad_ms(scores: Sequence[Score]) -> float:
    """Median over records of the median |error|."""
    return float(np.median([1e3 * np.median(np.abs(s.errors_s)) for s in scores if len(s.errors_s)]))


def rmssd_error_ms(reference_s: Times, found_s: Times, window_s: float = 60.0) -> float:
    """Median over windows of |RMSSD found - RMSSD of the reference|; windows with fewer than 12 beats are left out."""
    errors = []
    for start_s in np.arange(30.0, reference_s[-1] - window_s, window_s):
        pair = [t[(t >= start_s) & (t < start_s + window_s)] for t in (reference_s, found_s)]
        if min(len(t) for t in pair) >= 12:
            true_ms, ours_ms = (1e3 * np.sqrt(np.mean(np.diff(t, n=2) ** 2)) for t in pair)
            errors.append(abs(ours_ms - true_ms))
    return float(np.median(errors)) if errors else float("nan")


def outside(times_s: Times, spans_s: Times) -> Times:
    """The times that lie in none of the spans, shape (n, 2)."""
    within = (times_s[:, None] >= spans_s[:, 0]) & (times_s[:, None] <= spans_s[:, 1])
    return times_s[~within.any(axis=1)]


def refined_peaks(ecg_mv: NDArray[np.float64], beats: NDArray[np.int64], rate_hz: float) -> Times:
    """Annotated beats moved to the extremum of the zero-phase 0.67-40 Hz signal within 50 ms, with a parabola."""
    clean = sosfiltfilt(butter(2, [0.67, 40], "bandpass", fs=rate_hz, output="sos"), ecg_mv)
    reach, around = round(0.05 * rate_hz), round(0.25 * rate_hz)
    peaks = []
    for beat in beats:
        low, high = max(beat - reach, 1), min(beat + reach + 1, len(clean) - 1)
        base = np.median(clean[max(0, beat - around) : beat + around])
        best = low + int(np.argmax(np.abs(clean[low:high] - base)))
        before, middle, after = np.abs(clean[best - 1 : best + 2] - base)
        bend = before - 2 * middle + after
        peaks.append((best + (0.5 * (before - after) / bend if bend < 0 else 0.0)) / rate_hz)
    return np.array(peaks)


def _nearest(reference: Times, found: Times) -> Times:
    after = (
        np.clip(np.searchsorted(found, reference), 1, len(found) - 1)
        if len(found) > 1
        else np.zeros(len(reference), int)
    )
    ahead, behind = found[after] - reference, found[np.maximum(after - 1, 0)] - reference
    return np.where(np.abs(ahead) < np.abs(behind), ahead, behind)


def _match(reference: Times, found: Times, tolerance_s: float) -> list[float]:
    errors: list[float] = []
    r = f = 0
    while r < len(reference) and f < len(found):
        error = found[f] - reference[r]
        if error < -tolerance_s:
            f += 1
        elif error > tolerance_s:
            r += 1
        elif f + 1 < len(found) and abs(found[f + 1] - reference[r]) < abs(error):
            f += 1
        else:
            errors.append(float(error))
            r, f = r + 1, f + 1
    return errors
