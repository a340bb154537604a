"""The right text output for where it goes: a live view on a terminal, plain lines anywhere else."""

from __future__ import annotations

from typing import TextIO

from edge_emotion.sinks import Sink
from edge_emotion.sinks.plain import PlainSink


def text_sink(stream: TextIO, title: str, origin_ns: int | None = None) -> Sink:
    """A live view if ``stream`` is a terminal that can redraw, else one line per report."""
    if not stream.isatty():
        return PlainSink(stream, origin_ns)
    # rich costs 80 ms to import; a pipe does not need it.
    from rich.console import Console

    from edge_emotion.sinks.live import LiveSink

    console = Console(file=stream)
    if console.is_dumb_terminal:
        return PlainSink(stream, origin_ns)
    return LiveSink(title, console, origin_ns=origin_ns)
