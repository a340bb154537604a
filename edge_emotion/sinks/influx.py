"""InfluxDB line protocol: to a file, to standard output, or over HTTP(S) to InfluxDB and whatever else speaks it.

Measurements: ``emotion`` (a report), ``emotion_state`` (the session's state), ``emotion_sensor`` (what a sensor told, such as
its battery). The tag ``wearer`` tells people apart. Samples and beats are not sent: a data base of feelings needs no heart beats.

References
----------
InfluxDB line protocol: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem
from edge_emotion.sinks.wall_time import WallTime
from edge_emotion.sources import SensorEvent
from edge_emotion.types import Report

KINDS = (Report, StateChange, SensorEvent)


class Lines(Protocol):
    """Where lines go."""

    def send(self, lines: bytes) -> None:
        """Take whole lines."""
        ...

    def close(self) -> None:
        """Finish."""
        ...


class InfluxSink:
    """Writes reports, states and sensors' events as lines.

    Parameters
    ----------
    lines
        Where to.
    wall
        Tells the time that a data base wants.
    wearer
        Value of the tag.
    """

    def __init__(self, lines: Lines, wall: WallTime, wearer: str) -> None:
        self._lines = lines
        self._wall = wall
        self._wearer = wearer

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        tags: dict[str, str]
        match item:
            case Report():
                measurement, tags, fields, time_ns = "emotion", {}, _report(item), item.end_ns
            case StateChange():
                fields = {"state": str(item.state), "reasons": " ".join(item.reasons)}
                measurement, tags, time_ns = "emotion_state", {}, item.time_ns
            case SensorEvent() if item.value is not None:
                fields = {str(item.kind): item.value}
                measurement, tags, time_ns = "emotion_sensor", {"sensor": item.sensor}, item.time_ns
            case _:
                return
        text = line(measurement, {"wearer": self._wearer, **tags}, fields, self._wall.of(time_ns))
        if text:
            self._lines.send(text.encode() + b"\n")

    def close(self) -> None:
        self._lines.close()


def line(
    measurement: str, tags: Mapping[str, str], fields: Mapping[str, str | float | None], unix_ns: int
) -> str:
    """One line; fields that are not known are left out, and a line without fields is empty."""
    known = [f"{_key(name)}={_value(value)}" for name, value in fields.items() if _is_known(value)]
    if not known:
        return ""
    head = ",".join([_key(measurement), *(f"{_key(name)}={_key(value)}" for name, value in tags.items())])
    return f"{head} {','.join(known)} {unix_ns}"


def _report(report: Report) -> dict[str, str | float | None]:
    return {
        "label": report.label,
        "abstention": report.abstention,
        "calibration": str(report.calibration),
        "heart_rate_bpm": report.heart_rate_bpm,
        "rmssd_ms": report.rmssd_ms,
        "eda_us": report.eda_us,
        "scr_per_min": report.scr_per_min,
        "data_age_ms": report.data_age_ms,
        **{f"probability_{label}": share for label, share in report.probabilities.items()},
        **{f"quality_{q.role}": q.index for q in report.quality},
    }


def _is_known(value: str | float | None) -> bool:
    return isinstance(value, str) or (value is not None and math.isfinite(value))


def _key(text: str) -> str:
    """A name or a tag's value; lines cannot be broken out of."""
    text = "".join(c if c.isprintable() else " " for c in text)
    for character in ("\\", ",", "=", " "):
        text = text.replace(character, f"\\{character}")
    return text or "-"


def _value(value: str | float | None) -> str:
    if isinstance(value, str):
        safe = "".join(c if c.isprintable() else " " for c in value)
        return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(float(value or 0.0))
