"""What a person sees while resting: a bar on a terminal, a line now and then on a pipe, JSON Lines for machines."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self, TextIO

from edge_emotion.cli.common import write_json
from edge_emotion.runtime.calibrator import RestProgress
from edge_emotion.sinks.live_view import bar
from edge_emotion.sinks.screen import Screen, can_redraw
from edge_emotion.sinks.styled import Span, Style, fold
from edge_emotion.sinks.wording import clock_text, figure_text, quality_text, sensor_text
from edge_emotion.sources import SensorEvent, SensorEventKind

PLAIN_EVERY_S = 30.0
_FREQUENT = (SensorEventKind.HEART_RATE, SensorEventKind.BAD_PACKET)


class RestView(Protocol):
    """Shows how a rest goes on."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def progress(self, progress: RestProgress) -> None: ...

    def sensor(self, event: SensorEvent) -> None: ...


class _Quiet:
    """What every view begins and ends with: nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class JsonView(_Quiet):
    """One object a window on stdout."""

    def progress(self, progress: RestProgress) -> None:
        quality = {q.role: {"index": round(q.index, 3), "reasons": list(q.reasons)} for q in progress.quality}
        self._line(
            {
                "type": "progress",
                "elapsed_s": round(progress.elapsed_s, 3),
                "wanted_s": progress.wanted_s,
                "heart_rate_bpm": round(progress.heart_rate_bpm, 1),
                "eda_us": round(progress.eda_us, 3),
                "scr_per_min": round(progress.scr_per_min, 2),
                "quality": quality,
            }
        )

    def sensor(self, event: SensorEvent) -> None:
        if event.kind not in _FREQUENT:
            self._line({"type": "sensor", "sensor": event.sensor, "kind": event.kind, "value": event.value})

    def _line(self, value: Mapping[str, object]) -> None:
        write_json(value)
        sys.stdout.flush()  # a reader on a pipe watches live


class PlainView(_Quiet):
    """A line every half minute."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next_s = 0.0

    def progress(self, progress: RestProgress) -> None:
        if progress.elapsed_s >= self._next_s or progress.elapsed_s >= progress.wanted_s:
            self._next_s = progress.elapsed_s + PLAIN_EVERY_S
            self._line(f"{_times(progress)}  {figures(progress)}")

    def sensor(self, event: SensorEvent) -> None:
        if event.kind not in _FREQUENT:
            self._line(sensor_text(event))

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


class LiveView:
    """A progress bar with the vital signs beside it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __enter__(self) -> Self:
        self._screen.open()
        self._draw("0:00", 0.0, "waiting for the sensors")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._screen.close()

    def progress(self, progress: RestProgress) -> None:
        share = min(1.0, progress.elapsed_s / progress.wanted_s)
        self._draw(_times(progress), share, figures(progress))

    def sensor(self, event: SensorEvent) -> None:
        if event.kind not in _FREQUENT:
            self._screen.above(sensor_text(event))

    def _draw(self, times: str, share: float, told: str) -> None:
        line = (Span(f"{times}  "), *bar(share, Style.CYAN), Span(f"  {told}"))
        self._screen.draw(fold(line, self._screen.columns))


def rest_view(stream: TextIO) -> RestView:
    """A bar if ``stream`` is a terminal that can redraw, else lines."""
    return LiveView(Screen(stream)) if can_redraw(stream) else PlainView(stream)


def figures(progress: RestProgress) -> str:
    """Vital signs and what is wrong with the signals."""
    faults = "; ".join(
        f"{q.role}: {text}" for q in progress.quality if q.index < 1 and (text := quality_text(q))
    )
    vitals = (
        f"{figure_text(progress.heart_rate_bpm)} bpm, {figure_text(progress.eda_us, 2)} uS, "
        f"{figure_text(progress.scr_per_min, 1)} SCR/min"
    )
    return f"{vitals}  ({faults})" if faults else vitals


def _times(progress: RestProgress) -> str:
    return f"{clock_text(min(progress.elapsed_s, progress.wanted_s))} of {clock_text(progress.wanted_s)}"
