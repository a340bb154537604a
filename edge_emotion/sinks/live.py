"""The live view: a frame that is redrawn a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import SinkItem, Skipped
from edge_emotion.sinks.live_view import ViewState, view
from edge_emotion.sinks.origin import Origin
from edge_emotion.sinks.screen import Screen
from edge_emotion.sinks.wording import gap_text, sensor_text, state_text
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import Gap, GapCause, Report

REDRAW_S = 0.1
"""Faster than this nobody reads, and a Pi has better things to do."""

_SILENT = (SensorEventKind.HEART_RATE, SensorEventKind.BAD_PACKET)


class LiveSink:
    """Draws vitals, quality, probabilities and the sensors' last events.

    Parameters
    ----------
    title
        Shown in the frame.
    screen
        Where to draw.
    now
        Seconds of the host's clock; only limits how often the view is redrawn.
    origin_ns
        When the session began; ``None`` takes the first thing that the source delivers.
    """

    def __init__(
        self,
        title: str,
        screen: Screen,
        now: Callable[[], float] = time.monotonic,
        origin_ns: int | None = None,
    ) -> None:
        self._state = ViewState(title=title)
        self._origin = Origin(origin_ns)
        self._now = now
        self._drawn_at = float("-inf")
        self._screen = screen

    @property
    def state(self) -> ViewState:
        """What is shown now."""
        return self._state

    def open(self) -> None:
        """Take over the terminal's last lines."""
        self._screen.open()
        self._draw()

    def write(self, item: SinkItem) -> None:
        self._origin.see(item)
        match item:
            case Report():
                self._state.report = item
                self._state.since_start_s = self._origin.since_s(item.end_ns)
            case SensorEvent() if item.kind not in _SILENT:
                self._state.lines.append(sensor_text(item))
            case Gap() if item.cause is not GapCause.END:
                self._state.lines.append(gap_text(item))
            case StateChange():
                self._state.session = state_text(item)
            case Skipped():
                self._state.lines.append(f"{item.items} items skipped: this terminal is too slow")
            case _:
                return
        if self._now() - self._drawn_at >= REDRAW_S:
            self._draw()

    def close(self) -> None:
        """Draw the last state and give the terminal back."""
        self._draw()
        self._screen.close()

    def _draw(self) -> None:
        self._drawn_at = self._now()
        self._screen.draw(view(self._state, self._screen.columns))
