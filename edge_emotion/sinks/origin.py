"""When a session began, so that people read 3:20 and not nanoseconds since the machine was switched on."""

from __future__ import annotations

from edge_emotion.sinks import SinkItem
from edge_emotion.sources import SensorEvent
from edge_emotion.types import NS_PER_S, Gap, Samples


class Origin:
    """Remembers the time of the first thing that a source delivered.

    Parameters
    ----------
    known_ns
        The beginning, where somebody knows it better.
    """

    def __init__(self, known_ns: int | None = None) -> None:
        self._first_ns = known_ns

    @property
    def ns(self) -> int:
        """The beginning; 0 as long as nothing came."""
        return self._first_ns or 0

    def see(self, item: SinkItem) -> None:
        """Take the first item that carries a time of its own."""
        if self._first_ns is None:
            match item:
                case Samples() | SensorEvent():
                    self._first_ns = item.time_ns
                case Gap():
                    self._first_ns = item.start_ns
                case _:
                    pass

    def since_s(self, time_ns: int) -> float:
        """Seconds from the beginning."""
        return (time_ns - self.ns) / NS_PER_S
