"""``edge-emotion run``: reports from sensors, a recording, or the simulator."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from edge_emotion.cli import run_config
from edge_emotion.cli.common import open_bundle, say, show
from edge_emotion.cli.recording import recording_of
from edge_emotion.cli.run_config import RunConfig, effective, to_toml
from edge_emotion.cli.run_source import Input, open_input
from edge_emotion.cli.stopping import on_stop_signal
from edge_emotion.cli.stored_reference import doubts, open_reference
from edge_emotion.clock import SystemClock
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import UsageError
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session, SessionSummary
from edge_emotion.sinks import Sink
from edge_emotion.sinks.jsonl import JsonlFileSink, JsonlSink

EPILOG = """\
examples:
  edge-emotion run --source simulate --picture session.html
  edge-emotion run --input recording.csv --speed max --json
  edge-emotion run --source ble --ecg polar-h10 --eda "open-eda=C0:11:22:33:44:55" --reference default
  edge-emotion run --source ble --record recordings
  edge-emotion run --input recordings
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    run_config.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run until the source ends or somebody stops it; both are a success."""
    config = effective(args)
    if getattr(args, "print_config", False):
        show(to_toml(config))
        return 0
    bundle = open_bundle(config.bundle, config.trusted_key)
    engine = open_engine(bundle, config.engine, config.precision)
    given = open_input(config)
    manifest = bundle.manifest
    modalities = given.source.modalities
    reference = open_reference(config.reference, config.passphrase_file, bundle, modalities)
    roles = reference.roles if reference else ()
    pipeline = Pipeline(manifest, engine, modalities, given.clock, reference=roles)
    title = f"{given.name} · {manifest.name} {manifest.version} · {engine.name} {engine.precision}"
    if reference:
        title += f" · rest of {reference.name}"
    sinks = _sinks(config, given, manifest.labels, title)
    recording = recording_of(config, given, bundle, engine, reference) if config.record else None
    source = recording.source if recording else given.source
    # The recording comes first: what a sink that fails was about is on disk.
    session = Session(source, pipeline, [recording.sink, *sinks] if recording else sinks, SystemClock())
    summary = asyncio.run(run_until_stopped(session))
    tell = say if config.json else show
    tell(summary_text(summary))
    if recording:
        tell(recording.summary)
    for line in doubts(pipeline.reference_verdicts, modalities):
        tell(line)
    return 0


async def run_until_stopped(session: Session) -> SessionSummary:
    """Run a session; Ctrl-C and SIGTERM end it in good order."""
    with on_stop_signal(session.stop):
        return await session.run()


def summary_text(summary: SessionSummary) -> str:
    """What happened, in two lines."""
    verdicts = ", ".join(f"{name} {count}" for name, count in sorted(summary.verdicts.items()))
    lost = ", ".join(f"{m} {s:.1f} s" for m, s in summary.lost_s.items() if s > 0) or "nothing"
    return (
        f"{summary.reports} reports ({verdicts or 'none'}) from {summary.beats} beats and {summary.scrs} skin responses\n"
        f"lost: {lost}; refused packets: {summary.bad_packets}; took {summary.elapsed_s:.1f} s"
        f"{', stopped' if summary.stopped else ''}"
    )


def _sinks(config: RunConfig, given: Input, labels: tuple[str, ...], title: str) -> list[Sink]:
    # The sinks of people, not of pipes: rich and the picture are imported only when wanted.
    sinks: list[Sink] = [_named_sink(text, given, labels) for text in config.sink]
    if config.picture:
        from edge_emotion.sinks.picture import PictureSink
        from edge_emotion.sinks.picture.page import Heading

        heading = Heading(title=f"Session: {given.name}", subtitle=title)
        sinks.append(PictureSink(Path(config.picture), heading, labels, given.phases))
    if config.json:
        sinks.append(JsonlSink(sys.stdout.buffer))
    else:
        from edge_emotion.sinks.terminal import text_sink

        sinks.append(text_sink(sys.stdout, title))
    return sinks


def _named_sink(text: str, given: Input, labels: tuple[str, ...]) -> Sink:
    kind, _, target = text.partition(":")
    if kind == "jsonl" and target:
        return JsonlFileSink(Path(target))
    if kind == "lsl" and target:
        from edge_emotion.sinks.lsl import LslSink

        return LslSink(target, labels, time.monotonic_ns if given.time_axis == "host" else None)
    raise UsageError(f"--sink {text!r}: allowed: jsonl:FILE, lsl:NAME")
