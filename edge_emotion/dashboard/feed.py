"""What a page is told: the recent past when it begins, then everything as it comes. Bounded, whoever reads and however slowly."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem
from edge_emotion.sinks.jsonl import Written, fields_of
from edge_emotion.sinks.origin import Origin
from edge_emotion.sinks.wording import ABSTENTION_TEXT, CALIBRATION_TEXT, state_text
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import NS_PER_S, Abstention, Beat, Gap, Modality, Report, Samples, Scr

RECENT = 512
"""Items that a reader may be behind, a minute of two sensors; who is further behind begins anew."""
REPORTS, BEATS, RESPONSES, GAPS = 240, 64, 64, 64
PACKETS = {Modality.ECG: 30, Modality.BVP: 30, Modality.EDA: 260}
"""Of half a second: 15 s of the heart, a little over two minutes of skin conductance. What is older the page does not show."""
_TICKS = (SensorEventKind.HEART_RATE, SensorEventKind.BAD_PACKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What does not change in a session.

    Parameters
    ----------
    hop_s
        The budget: a report must be made before the next one is due.
    """

    wearer: str
    title: str
    labels: tuple[str, ...]
    roles: tuple[str, ...]
    hop_s: float
    window_s: float


class Feed:
    """One wearer's session as a sink, and what readers get of it. Written in the session's thread, read in the server's.

    Parameters
    ----------
    facts
        Sent first.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._lock = threading.Lock()
        self._origin = Origin()
        self._count = 0
        self._recent: deque[SinkItem] = deque(maxlen=RECENT)
        self._kept: dict[type, deque[SinkItem]] = {
            Report: deque(maxlen=REPORTS),
            Beat: deque(maxlen=BEATS),
            Scr: deque(maxlen=RESPONSES),
            Gap: deque(maxlen=GAPS),
            StateChange: deque(maxlen=1),
        }
        self._samples: dict[Modality, deque[Samples]] = {m: deque(maxlen=n) for m, n in PACKETS.items()}
        self._sensors: dict[tuple[str, SensorEventKind], SensorEvent] = {}

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        self._origin.see(item)
        with self._lock:
            match item:
                case Samples() if item.modality not in PACKETS:
                    return
                case Samples():
                    self._samples[item.modality].append(item)
                case SensorEvent() if item.kind in _TICKS:
                    return
                case SensorEvent():
                    self._sensors[(item.sensor, item.kind)] = item
                case _:
                    kept = self._kept.get(type(item))
                    if kept is None:  # a window: its report tells
                        return
                    kept.append(item)
            self._recent.append(item)
            self._count += 1

    def close(self) -> None:
        """What was said stays readable until the server stops."""

    def begin(self) -> tuple[int, bytes]:
        """Where a reader stands now, and all that it should know."""
        with self._lock:
            count = self._count
            items: list[SinkItem] = [item for packets in self._samples.values() for item in packets]
            items += [item for kept in self._kept.values() for item in kept]
            items += list(self._sensors.values())
        facts = {name: getattr(self.facts, name) for name in Facts.__slots__}
        return count, _encoded({"type": "begin", "facts": facts, "items": self._all(items)})

    def since(self, place: int) -> tuple[int, bytes | None]:
        """The place after, and what came from ``place`` on; ``None`` if nothing did."""
        with self._lock:
            count, missed = self._count, self._count - place
            if missed > len(self._recent):
                missed = -1
            items = [self._recent[i] for i in range(len(self._recent) - missed, len(self._recent))]
        if missed < 0:
            return self.begin()
        return count, _encoded({"type": "more", "items": self._all(items)}) if items else None

    def _all(self, items: Iterable[SinkItem]) -> list[dict[str, Any]]:
        return [self._fields(item) for item in items if isinstance(item, Samples | Written)]

    def _fields(self, item: Samples | Written) -> dict[str, Any]:
        if isinstance(item, Samples):
            shown = np.round(item.values.astype(np.float64), 4)
            # NaN has no JSON; the page draws a hole.
            values = [None if v != v else v for v in shown.tolist()]
            fields: dict[str, Any] = {"type": "samples", "modality": item.modality, "rate_hz": item.rate_hz}
            fields |= {"time_s": item.time_ns / NS_PER_S, "values": values}
        else:
            fields = dict(fields_of(item))
        for name in ("time_s", "start_s", "end_s", "onset_s", "peak_s"):
            if name in fields:
                fields[name] = round(fields[name] - self._origin.ns / NS_PER_S, 3)
        if isinstance(item, Report):
            fields["compared"] = CALIBRATION_TEXT[item.calibration]
            fields["why"] = ABSTENTION_TEXT[Abstention(item.abstention)] if item.abstention else ""
        elif isinstance(item, StateChange):
            fields["text"] = state_text(item)
        return fields


def _encoded(message: dict[str, Any]) -> bytes:
    return msgspec.json.encode(message)
