"""From time-stamped cells to a regularly sampled signal: the rate, and the holes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.recording import Signal, regular_signal
from edge_emotion.types import Modality

ROUND_HZ = 0.5
ROUND_WITHIN = 0.002
"""Times printed with few digits give 130.02 Hz for 130 Hz: a rate this close to a multiple of `ROUND_HZ` is taken as that."""

IRREGULAR_SHARE = 0.05
LONGEST_GROWTH = 50
"""Holes may make a signal this many times longer; more is a wrong time column."""


@dataclass(slots=True)
class Column:
    """Cells of one column while they are read."""

    modality: Modality
    name: str
    values: list[float] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, value: float, time_s: float | None, line: int) -> None:
        self.values.append(value)
        if time_s is not None:
            self.times_s.append(time_s)
            self.lines.append(line)


def to_signal(path: Path, column: Column, rate_hz: float | None) -> Signal:
    """The column on a regular grid, NaN where rows are missing.

    Raises
    ------
    RecordingError
        If the rate is neither given nor follows from the times, or the times do not increase or are irregular.
    """
    if not column.times_s:
        if rate_hz is None:
            raise RecordingError(
                f"{path}: has no column time_s, so the rate of {column.name} must be given: --{column.modality}-rate HZ"
            )
        return regular_signal(path, column.modality, np.array(column.values), rate_hz)
    times_s = np.array(column.times_s)
    if len(times_s) < 2:
        raise RecordingError(f"{path}: the column {column.name} has a single sample")
    steps_s = np.diff(times_s)
    if not np.all(steps_s > 0):
        line = column.lines[int(np.argmin(steps_s > 0)) + 1]
        raise RecordingError(
            f"{path}: line {line}: time_s does not increase; every sample needs its own time"
        )
    found_hz = rate_hz or _rate(steps_s)
    periods = steps_s * found_hz
    if np.mean(np.abs(periods - np.round(periods)) > 0.4) > IRREGULAR_SHARE or periods.min() < 0.5:
        raise RecordingError(
            f"{path}: the times of {column.name} are irregular around {found_hz:g} Hz; write times of regular samples, "
            f"or leave time_s out and give --{column.modality}-rate"
        )
    places = np.concatenate([[0], np.cumsum(np.maximum(1, np.round(periods)))]).astype(np.int64)
    if places[-1] >= LONGEST_GROWTH * len(times_s):
        raise RecordingError(
            f"{path}: time_s leaps: {len(times_s)} samples of {column.name} over {times_s[-1] - times_s[0]:g} s"
        )
    values = np.full(places[-1] + 1, np.nan)
    values[places] = column.values
    return regular_signal(path, column.modality, values, found_hz, float(times_s[0]))


def _rate(steps_s: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Rate from the steps that skip no sample, rounded where the times' digits do not tell."""
    usual = steps_s[steps_s < 1.5 * np.median(steps_s)]
    rate_hz = 1 / float(usual.mean())
    rounded = round(rate_hz / ROUND_HZ) * ROUND_HZ
    return rounded if abs(rounded - rate_hz) <= ROUND_WITHIN * rate_hz else rate_hz
