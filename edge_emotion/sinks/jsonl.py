"""JSON Lines: one object per item, each with a ``type``. Times are seconds on the source's clock; what is not known is ``null``.

``report``
    start_s, end_s, label, abstention, probabilities, contributions, quality {role: {index, reasons}}, heart_rate_bpm, rmssd_ms,
    eda_us, scr_per_min, data_age_ms, latency_ms {stage: ms}, calibration (stored, session, doubtful, collecting, uncalibrated)
``beat``
    time_s, rr_ms, kind, amplitude, modality
``scr``
    onset_s, peak_s, amplitude_us, rise_time_s
``gap``
    modality, start_s, end_s, cause
``sensor``
    time_s, sensor, kind, value
``state``
    time_s, state (connecting, warming_up, running, abstaining, stalled, reconnecting, ended), reasons
``skipped``
    items: how many lines are missing here, because the reader or the disk was too slow
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO

import msgspec

from edge_emotion.errors import UsageError
from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem, Skipped
from edge_emotion.sources import SensorEvent
from edge_emotion.types import NS_PER_S, Beat, Gap, Report, Scr

ALL_KINDS = (Report, Beat, Scr, Gap, SensorEvent, StateChange, Skipped)
REPORTS_ONLY = (Report, Skipped)

Json = dict[str, object]
Written = Report | Beat | Scr | Gap | SensorEvent | StateChange | Skipped


def encode(item: Written) -> bytes:
    """One item as one line, without the line's end. Figures that are not finite become ``null``."""
    return msgspec.json.encode(fields_of(item))


def fields_of(item: Written) -> Json:
    """What a line of this item holds."""
    match item:
        case Report():
            return _report(item)
        case Beat():
            return _beat(item)
        case Scr():
            return _scr(item)
        case Gap():
            return _gap(item)
        case SensorEvent():
            return _sensor(item)
        case StateChange():
            return _state(item)
        case Skipped():
            return {"type": "skipped", "items": item.items}


class JsonlSink:
    """Writes the chosen kinds of items, each line flushed at once: a reader on a pipe is never behind.

    Parameters
    ----------
    stream
        Binary stream; left open.
    kinds
        Classes to write; all others are passed over.
    wearer
        Said in each line where several share the stream.
    """

    def __init__(
        self, stream: IO[bytes], kinds: tuple[type, ...] = REPORTS_ONLY, wearer: str | None = None
    ) -> None:
        self._stream = stream
        self._kinds = kinds
        self._whose: Json = {} if wearer is None else {"wearer": wearer}

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        if isinstance(item, self._kinds) and isinstance(item, Written):
            self._stream.write(msgspec.json.encode(fields_of(item) | self._whose) + b"\n")
            self._stream.flush()

    def close(self) -> None:
        """The stream belongs to the caller."""


class JsonlFileSink(JsonlSink):
    """Writes every kind of item to a file of its own.

    Raises
    ------
    UsageError
        If the file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        try:
            stream = path.open("wb")
        except OSError as error:
            raise UsageError(
                f"{path}: cannot be written ({error.strerror}); give a path in an existing folder"
            ) from None
        super().__init__(stream, ALL_KINDS)

    def close(self) -> None:
        self._stream.close()


def _report(report: Report) -> Json:
    return {
        "type": "report",
        "start_s": report.start_ns / NS_PER_S,
        "end_s": report.end_ns / NS_PER_S,
        "label": report.label,
        "abstention": report.abstention,
        "probabilities": _rounded(report.probabilities, 4),
        "contributions": _rounded(report.contributions, 4),
        "quality": {q.role: {"index": round(q.index, 3), "reasons": list(q.reasons)} for q in report.quality},
        "heart_rate_bpm": round(report.heart_rate_bpm, 1),
        "rmssd_ms": round(report.rmssd_ms, 1),
        "eda_us": round(report.eda_us, 3),
        "scr_per_min": round(report.scr_per_min, 2),
        "data_age_ms": round(report.data_age_ms, 1),
        "latency_ms": _rounded(report.latency_ms, 3),
        "calibration": report.calibration,
    }


def _beat(beat: Beat) -> Json:
    return {
        "type": "beat",
        "modality": beat.modality,
        "time_s": beat.time_ns / NS_PER_S,
        "rr_ms": beat.rr_ms,
        "measured_rr_ms": beat.measured_rr_ms,
        "kind": beat.kind,
        "amplitude": beat.amplitude,
    }


def _scr(scr: Scr) -> Json:
    return {
        "type": "scr",
        "onset_s": scr.onset_ns / NS_PER_S,
        "peak_s": scr.peak_ns / NS_PER_S,
        "amplitude_us": scr.amplitude_us,
        "rise_time_s": scr.rise_time_s,
    }


def _gap(gap: Gap) -> Json:
    return {
        "type": "gap",
        "modality": gap.modality,
        "start_s": gap.start_ns / NS_PER_S,
        "end_s": gap.end_ns / NS_PER_S,
        "cause": gap.cause,
    }


def _sensor(event: SensorEvent) -> Json:
    return {
        "type": "sensor",
        "time_s": event.time_ns / NS_PER_S,
        "sensor": event.sensor,
        "kind": event.kind,
        "value": event.value,
    }


def _state(change: StateChange) -> Json:
    return {
        "type": "state",
        "time_s": change.time_ns / NS_PER_S,
        "state": change.state,
        "reasons": list(change.reasons),
    }


def _rounded(figures: Mapping[str, float], digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in figures.items()}
