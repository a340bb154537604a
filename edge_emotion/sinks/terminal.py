"""The right text output for where it goes: a live view on a terminal, plain lines anywhere else."""

from __future__ import annotations

from typing import TextIO

from edge_emotion.sinks import Sink
from edge_emotion.sinks.live import LiveSink
from edge_emotion.sinks.plain import PlainSink
from edge_emotion.sinks.screen import Screen, can_redraw


def text_sink(stream: TextIO, title: str, origin_ns: int | None = None) -> Sink:
    """A live view if ``stream`` is a terminal that can redraw, else one line per report."""
    if not can_redraw(stream):
        return PlainSink(stream, origin_ns)
    return LiveSink(title, Screen(stream), origin_ns=origin_ns)
