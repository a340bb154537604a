"""EDF+ through edfio. EDF knows no missing sample: a hole holds the last value before it, and an annotation tells its length."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.recording.converting.channels import UNIT, channels
from edge_emotion.recording.gathering import Gathered
from edge_emotion.signals.timing.grid import hold
from edge_emotion.sources.replay.recording import Signal
from edge_emotion.types import NS_PER_S, FloatArray, Report

RECORD_S = 1.0
_LOWEST, _HIGHEST = -99_999.0, 999_999.0  # what EDF's eight characters hold


def write_edf(out: Path, gathered: Gathered) -> None:
    """One EDF+C file: all regular signals from 0 s on, reports, gaps and beats of RR sensors as annotations without a duration.

    16 bits over each signal's own range; signals are padded to whole seconds. Reports stand at the end of their window, which is
    when they were made.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    # edfio costs 50 ms to import; only this format needs it.
    from edfio import Edf, EdfAnnotation, Recording

    regular = [s for s in gathered.recording.signals if s.rate_hz is not None]
    length_s = int(np.ceil(max([1.0, *(s.end_s for s in gathered.recording.signals)]) / RECORD_S) * RECORD_S)
    signals = [made for s in regular for made in _signals(s, length_s)]
    began = datetime.fromtimestamp(gathered.unix_ns / NS_PER_S, UTC)
    notes = sorted(_annotations(gathered), key=lambda note: note[0])
    file = Edf(
        signals,
        recording=Recording(startdate=began.date(), equipment_code="edge-emotion"),
        starttime=began.time().replace(microsecond=0),
        annotations=[EdfAnnotation(at_s, None, text) for at_s, text in notes],
    )
    file.write(out)


def _signals(signal: Signal, length_s: int) -> Iterator[Any]:
    from edfio import EdfSignal

    rate_hz = signal.rate_hz or 1.0
    for label, values in channels(signal):
        whole = _padded(values, round(signal.start_s * rate_hz), round(length_s * rate_hz))
        yield EdfSignal(
            whole,
            rate_hz,
            label=label,
            physical_dimension=UNIT[signal.modality],
            physical_range=_range(whole),
        )


def _padded(values: FloatArray, first: int, steps: int) -> NDArray[np.float64]:
    whole = np.full((1, steps), np.nan, np.float32)
    kept = values[: steps - first]
    whole[0, first : first + len(kept)] = kept
    clipped: NDArray[np.float64] = np.clip(hold(whole)[0].astype(np.float64), _LOWEST, _HIGHEST)
    return clipped


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Rounded outwards to what EDF's header can say."""
    low, high = float(values.min()), float(values.max())
    step = 1.0 if max(abs(low), abs(high)) >= 1000 else 0.001
    return float(np.floor(low / step) * step) - step, float(np.ceil(high / step) * step) + step


def _annotations(gathered: Gathered) -> Iterator[tuple[float, str]]:
    for report in gathered.reports:
        yield max(0.0, gathered.since_s(report.end_ns)), _text(report)
    for gap in gathered.gaps:
        length_s = (gap.end_ns - gap.start_ns) / NS_PER_S
        yield max(0.0, gathered.since_s(gap.start_ns)), f"gap {gap.modality} {gap.cause} {length_s:.1f} s"
    for signal in gathered.recording.signals:
        if signal.times_s is not None:
            for at_s, rr_ms in zip(signal.times_s.tolist(), signal.values.tolist(), strict=True):
                yield max(0.0, at_s), f"beat rr {rr_ms:.0f} ms"


def _text(report: Report) -> str:
    if report.label is None:
        return f"report abstained {report.abstention}"
    return f"report {report.label} {report.probabilities.get(report.label, 0.0):.3f}"
