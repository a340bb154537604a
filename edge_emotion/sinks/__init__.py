"""Where results go: JSON Lines, the terminal, a picture. All of them speak the protocol below."""

from __future__ import annotations

from typing import Protocol

from edge_emotion.sources import SensorEvent
from edge_emotion.types import Event, Samples

SinkItem = Samples | Event | SensorEvent
"""Samples as they came, everything that the pipeline made of them, and what the sensors did."""


class Sink(Protocol):
    """Takes everything that a session produces and keeps what it cares about.

    A sink is used by one session: ``open``, any number of ``write``, ``close``. ``write`` must return at once (a millisecond, not
    a network round trip) and keep memory bounded however long the session is. ``close`` is called once, after errors too.
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
