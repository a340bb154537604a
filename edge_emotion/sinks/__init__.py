"""Where results go: files, the terminal, a picture, a broker, a data base, a page. All of them speak the protocol below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from edge_emotion.runtime.state import StateChange
from edge_emotion.sources import SensorEvent
from edge_emotion.types import Event, Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """In the place of items that this sink was too slow for; told to that sink alone."""

    items: int


SinkItem = Samples | Event | SensorEvent | StateChange | Skipped
"""Samples as they came, all that the pipeline made of them, what the sensors did, and how the session is."""


class Sink(Protocol):
    """Takes everything that a session produces and keeps what it cares about.

    A sink is used by one session: ``open``, any number of ``write``, ``close``. It must keep memory bounded however long the
    session is. ``write`` may take its time only behind a `edge_emotion.sinks.delivery.QueuedSink`. ``close`` is called once,
    after errors too.
    """

    def open(self) -> None:
        """Prepare to take items."""
        ...

    def write(self, item: SinkItem) -> None:
        """Take one item."""
        ...

    def close(self) -> None:
        """Finish what was begun."""
        ...
