"""From settings to sinks: ``--sink``, ``--picture``, ``--json``, and how each is delivered to."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

from edge_emotion.cli.common import say
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.cli.run_source import Input
from edge_emotion.errors import UsageError
from edge_emotion.runtime.state import StateChange
from edge_emotion.sinks import Sink, Skipped
from edge_emotion.sinks.delivery import RECORD_ROOM, VIEW_ROOM, DirectSink, Keep, QueuedSink
from edge_emotion.sinks.jsonl import ALL_KINDS, REPORTS_ONLY, JsonlFileSink, JsonlSink
from edge_emotion.sources import SensorEvent
from edge_emotion.types import Gap, Samples

ANYTHING = (object,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkContext:
    """What sinks need to know about the session.

    Parameters
    ----------
    live
        Whether the source goes by a clock: then it waits for no sink.
    host_axis
        Whether times are this machine's monotonic clock.
    wearer
        How the wearer is called.
    several
        Whether there are others, so that each line has to say whose it is.
    """

    live: bool
    host_axis: bool
    wearer: str
    labels: tuple[str, ...]
    title: str
    several: bool = False

    def record(self, sink: Sink, name: str, kinds: tuple[type, ...] = ANYTHING) -> Sink:
        """Deliver to a sink that people keep: what waits for it is never thrown away."""
        return self._delivered(sink, name, kinds, Keep.OLDEST, RECORD_ROOM)

    def view(self, sink: Sink, name: str, kinds: tuple[type, ...] = ANYTHING) -> Sink:
        """Deliver to a sink that people look at: the present comes first."""
        return self._delivered(sink, name, kinds, Keep.NEWEST, VIEW_ROOM)

    def _delivered(self, sink: Sink, name: str, kinds: tuple[type, ...], keep: Keep, room: int) -> Sink:
        if not self.live:
            return DirectSink(sink, name, _tell, kinds)
        return QueuedSink(sink, name, _tell, (*kinds, Skipped), keep, room)


def context_of(
    config: RunConfig, given: Input, labels: tuple[str, ...], title: str, several: bool
) -> SinkContext:
    """What the settings say about the session."""
    return SinkContext(
        live=given.clock is not None,
        host_axis=given.time_axis == "host",
        wearer=config.wearer_name,
        labels=labels,
        title=title,
        several=several,
    )


def sinks_of(config: RunConfig, given: Input, context: SinkContext) -> list[Sink]:
    """All sinks of one wearer's session but the terminal, the picture of its end last.

    Raises
    ------
    UsageError
        If a target cannot be written or makes no sense.
    MissingExtraError
        If a sink's package is not installed.
    """
    sinks = [named_sink(text, context) for text in config.sink]
    if config.picture:
        # The picture and everything with a network are imported only when wanted.
        from edge_emotion.sinks.picture import PictureSink
        from edge_emotion.sinks.picture.page import Heading

        heading = Heading(title=f"Session: {given.name}", subtitle=context.title)
        picture = PictureSink(Path(config.picture), heading, context.labels, given.phases)
        sinks.append(context.record(picture, "picture"))
    return sinks


def screen_of(config: RunConfig, context: SinkContext) -> Sink:
    """What a session says on standard output."""
    if config.json:
        whose = context.wearer if context.several else None
        return context.record(JsonlSink(sys.stdout.buffer, wearer=whose), "standard output", REPORTS_ONLY)
    stream = cast(TextIO, WearersLines(sys.stdout, context.wearer)) if context.several else sys.stdout
    if config.screen == "states":
        from edge_emotion.sinks.plain import PlainSink

        # Samples are let through for the time of the first one.
        quiet = (Samples, StateChange, SensorEvent, Gap)
        return context.view(PlainSink(stream), "standard output", quiet)
    from edge_emotion.sinks.terminal import text_sink

    return context.view(text_sink(stream, context.title), "terminal")


def named_sink(text: str, context: SinkContext) -> Sink:
    """The sink that ``--sink`` names."""
    kind, _, target = text.partition(":")
    make = KINDS.get(kind)
    if make is None or not target:
        raise UsageError(f"--sink {text!r}: allowed: {', '.join(FORMS)}")
    return make(target, context)


def _jsonl(target: str, context: SinkContext) -> Sink:
    return context.record(JsonlFileSink(Path(target)), f"jsonl:{target}", ALL_KINDS)


def _csv(target: str, context: SinkContext) -> Sink:
    from edge_emotion.sinks.csv_tables import CsvSink

    # Samples are let through: the first of them is the zero of the tables' time.
    return context.record(CsvSink(Path(target), context.labels), f"csv:{target}")


def _influx(target: str, context: SinkContext) -> Sink:
    from edge_emotion.sinks import influx
    from edge_emotion.sinks.influx_targets import HttpLines, StreamLines, file_lines
    from edge_emotion.sinks.wall_time import WallTime

    lines: influx.Lines
    if target == "-":
        lines = StreamLines(sys.stdout.buffer, owned=False)
    elif target.startswith(("http:", "https:")):
        lines = HttpLines(target, _tell)
    else:
        lines = file_lines(Path(target))
    name = f"influx:{target.partition('?')[0]}"
    return context.record(
        influx.InfluxSink(lines, WallTime(context.host_axis), context.wearer), name, influx.KINDS
    )


def _mqtt(scheme: str) -> Callable[[str, SinkContext], Sink]:
    def make(target: str, context: SinkContext) -> Sink:
        from edge_emotion.sinks.mqtt import messages
        from edge_emotion.sinks.mqtt.settings import parse
        from edge_emotion.sinks.mqtt.sink import MqttSink

        settings = parse(f"{scheme}:{target}", context.wearer)
        # It has a queue and a thread of its own: a broker that is away is not a slow disk.
        return DirectSink(
            MqttSink(settings, context.labels, _tell), f"mqtt {settings.host}", _tell, messages.KINDS
        )

    return make


def _lsl(target: str, context: SinkContext) -> Sink:
    from edge_emotion.sinks.lsl import LslSink

    clock = time.monotonic_ns if context.host_axis else None
    return context.record(LslSink(target, context.labels, clock), f"lsl:{target}")


KINDS: Mapping[str, Callable[[str, SinkContext], Sink]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "influx": _influx,
    "mqtt": _mqtt("mqtt"),
    "mqtts": _mqtt("mqtts"),
    "lsl": _lsl,
}
FORMS = (
    "jsonl:FILE",
    "csv:DIR",
    "influx:FILE|-|http(s)://...",
    "mqtt://HOST/...",
    "mqtts://HOST/...",
    "lsl:NAME",
)


class WearersLines(io.TextIOBase):
    """Lines of one of several wearers: each begins with the name. No terminal, whatever is behind it: views cannot share one.

    Parameters
    ----------
    stream
        Where to; left open.
    wearer
        The name.
    """

    def __init__(self, stream: TextIO, wearer: str) -> None:
        self._stream = stream
        self._wearer = wearer

    def write(self, text: str) -> int:
        return self._stream.write(f"{self._wearer}: {text}")

    def flush(self) -> None:
        self._stream.flush()


def _tell(line: str) -> None:
    say(f"edge-emotion: {line}")
