"""From the recent past to the tensors of one window, in physical units.

============================  =====================  ==============================================================
tensor                        shape                  content
============================  =====================  ==============================================================
``cardiac``                   (2, steps)             heart rate, bpm; |difference of successive RR|, ms
``cardiac_features``          (22,)                  `edge_emotion.signals.features.CARDIAC_FEATURES`
``eda``                       (2, steps)             conductance level and its phasic part, uS
``eda_features``              (24,)                  `edge_emotion.signals.features.EDA_FEATURES`
``eeg``                       (4, channels, seconds) only where EEG is declared: differential entropy of theta, alpha, beta,
                                                     gamma in each second, nats (`edge_emotion.signals.eeg`)
============================  =====================  ==============================================================

``steps`` is ``window_s * grid_hz``; step 0 lies at the start of the window. A series holds its last value where it is not known
(yet): a beat is decided up to three seconds after it happened, and training sees exactly the same. Where the specification asks
for rows that never change (`SignalSpec.final_after_s`), a series ends so many seconds before its window; features do not wait.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.beat_table import BeatHistory, BeatTable
from edge_emotion.signals.features import (
    CARDIAC_FEATURES,
    EDA_FEATURES,
    MINIMUM_INTERVALS,
    cardiac_features,
    eda_features,
)
from edge_emotion.signals.history import (
    QualityHistory,
    RefusedHistory,
    ScrHistory,
    SurenessHistory,
)
from edge_emotion.signals.quality import beat_quality, ramp
from edge_emotion.signals.rows import FinalRows
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.timing.grid import GridSeries, hold
from edge_emotion.types import NS_PER_S, FloatArray, Quality, QualityReason, Role

CONTEXT_NS = 10 * NS_PER_S
"""Beats this long before a window still shape its first steps."""

MAX_SKEW_S = 30.0
"""How far one modality may be ahead of another before the laggard counts as stalled; bounds the memory of the chain."""

SURE_SHARE = (0.3, 1.0)
"""Share of sure beats in a window: a heart has nearly all, electrode motion without a heart 0.15 to 0.35."""

NOISY_BELOW = 0.5

Tensors = dict[str, FloatArray]
Doubles = NDArray[np.float64]


class CardiacPast:
    """What windows are cut from when beats are known.

    Parameters
    ----------
    blocks
        Quality of the waveform; ``None`` where there is none to judge (RR straps).
    refused
        Spans in which pulses were found but not trusted (BVP).
    sureness
        How sure the detector was of its beats, where it can tell (ECG).
    """

    def __init__(
        self,
        blocks: QualityHistory | None,
        refused: RefusedHistory | None = None,
        sureness: SurenessHistory | None = None,
    ) -> None:
        self.beats = BeatHistory()
        self.rows = FinalRows()
        self.blocks = blocks
        self.refused = refused
        self.sureness = sureness

    def window(self, start_ns: int, end_ns: int, spec: SignalSpec) -> tuple[Tensors, Quality]:
        beats = self.beats.between(start_ns - CONTEXT_NS, end_ns)
        inside = beats.since(start_ns)
        if spec.final_after_s:
            series = hold(self.rows.window(end_ns, spec, self._make_rows))
        else:
            series = _cardiac_series(beats, start_ns, end_ns, spec.grid_hz)
        tensors = {
            "cardiac": series,
            "cardiac_features": cardiac_features(inside, (end_ns - start_ns) / NS_PER_S),
        }
        return tensors, self._quality(inside, start_ns, end_ns)

    def forget(self, before_ns: int) -> None:
        self.beats.forget(before_ns - CONTEXT_NS)
        if self.blocks is not None:
            self.blocks.forget(before_ns)
        if self.refused is not None:
            self.refused.forget(before_ns)
        if self.sureness is not None:
            self.sureness.forget(before_ns)

    def _make_rows(self, start_ns: int, known_ns: int, count: int) -> FloatArray:
        return _cardiac_rows(self.beats.between(start_ns - CONTEXT_NS, known_ns), start_ns, count)

    def _quality(self, inside: BeatTable, start_ns: int, end_ns: int) -> Quality:
        index, reasons = beat_quality(inside, (end_ns - start_ns) / NS_PER_S)
        if self.blocks is not None:
            signal_index, signal_reasons = self.blocks.over(start_ns, end_ns)
            index, reasons = index * signal_index, (*signal_reasons, *reasons)
        if self.sureness is not None:
            sure = ramp(self.sureness.over(start_ns, end_ns), SURE_SHARE)
            index *= sure
            if sure < NOISY_BELOW and QualityReason.NOISY not in reasons:
                reasons = (*reasons, QualityReason.NOISY)
        if self.refused is not None:
            refusals = self.refused.over(start_ns, end_ns)
            reasons = (*refusals, *(r for r in reasons if r not in refusals))
        return Quality(role=Role.CARDIAC, index=index, reasons=reasons)


class EdaPast:
    """What windows are cut from when skin conductance is known."""

    def __init__(self, spec: SignalSpec) -> None:
        self.series = GridSeries(2, spec.grid_hz, spec.window_s + 2 * MAX_SKEW_S)
        self.rows = FinalRows()
        self.scrs = ScrHistory()
        self.blocks = QualityHistory()

    def window(self, start_ns: int, end_ns: int, spec: SignalSpec) -> tuple[Tensors, Quality]:
        series = hold(self.series.window(start_ns, round(spec.window_s * spec.grid_hz)))
        scrs = self.scrs.between(start_ns, end_ns)
        tensors = {"eda": series, "eda_features": eda_features(series, scrs, spec.grid_hz)}
        if spec.final_after_s:
            tensors["eda"] = hold(self.rows.window(end_ns, spec, self._make_rows))
        index, reasons = self.blocks.over(start_ns, end_ns)
        return tensors, Quality(role=Role.EDA, index=index, reasons=reasons)

    def _make_rows(self, start_ns: int, known_ns: int, count: int) -> FloatArray:
        # Up to what was known, so that the last row has its neighbour.
        steps = (known_ns - start_ns) // NS_PER_S * count
        return self.series.window(start_ns, steps)[:, :count]

    def forget(self, before_ns: int) -> None:
        self.scrs.forget(before_ns)
        self.blocks.forget(before_ns)


def missing(role: Role, spec: SignalSpec) -> tuple[Tensors, Quality]:
    """Tensors and quality of a role that no declared modality plays."""
    names = CARDIAC_FEATURES if role is Role.CARDIAC else EDA_FEATURES
    tensors = {
        role.value: np.zeros((2, round(spec.window_s * spec.grid_hz)), np.float32),
        f"{role.value}_features": np.zeros(len(names), np.float32),
    }
    return tensors, Quality(role=role, index=0.0, reasons=(QualityReason.MISSING,))


def _cardiac_series(beats: BeatTable, start_ns: int, end_ns: int, grid_hz: float) -> FloatArray:
    """Shape (2, steps): heart rate and |dRR|, linear between beats, held before the first and after the last."""
    steps = round((end_ns - start_ns) / NS_PER_S * grid_hz)
    series = np.zeros((2, steps), np.float32)
    at_s, rr_ms, follows = _intervals(beats, start_ns)
    if len(at_s) < MINIMUM_INTERVALS:
        return series
    grid_s = _grid_s(steps, grid_hz)
    series[0] = np.interp(grid_s, at_s, 60_000 / rr_ms)
    if np.count_nonzero(follows):
        series[1] = np.interp(grid_s, at_s[1:][follows], np.abs(rr_ms[1:] - rr_ms[:-1])[follows])
    return series


def _cardiac_rows(beats: BeatTable, start_ns: int, count: int) -> FloatArray:
    """One second of the same, shape (2, count), linear between beats and held after the last; NaN before the first."""
    rows = np.full((2, count), np.nan, np.float32)
    at_s, rr_ms, follows = _intervals(beats, start_ns)
    grid_s = _grid_s(count, count)
    if len(at_s):
        rows[0] = np.interp(grid_s, at_s, 60_000 / rr_ms, left=math.nan)
    if np.count_nonzero(follows):
        drr_ms = np.abs(rr_ms[1:] - rr_ms[:-1])[follows]
        rows[1] = np.interp(grid_s, at_s[1:][follows], drr_ms, left=math.nan)
    return rows


def _intervals(beats: BeatTable, start_ns: int) -> tuple[Doubles, Doubles, NDArray[np.bool_]]:
    """Of the beats with an interval: time after ``start_ns``, s; interval, ms; from the second on, whether it is the next one.

    Across a break two intervals that are no neighbours would differ by what the heart did meanwhile.
    """
    kept = (beats.rr_ms == beats.rr_ms).nonzero()[0]
    return (beats.times_ns[kept] - start_ns) / NS_PER_S, beats.rr_ms[kept], kept[1:] - kept[:-1] == 1


@lru_cache(maxsize=4)
def _grid_s(steps: int, grid_hz: float) -> NDArray[np.float64]:
    return np.arange(steps) / grid_hz
