"""``edge-emotion run``: reports from sensors, a recording, or the simulator."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from edge_emotion.bundle.keys import read_trusted_key
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.cli import run_config
from edge_emotion.cli.bundle_store import Confirming, bundle_to_run
from edge_emotion.cli.common import say, show
from edge_emotion.cli.dashboard import dashboard_facts, open_dashboard, serving
from edge_emotion.cli.recording import recording_of
from edge_emotion.cli.run_config import effective, to_toml
from edge_emotion.cli.run_sinks import context_of, screen_of, sinks_of
from edge_emotion.cli.run_source import open_input
from edge_emotion.cli.stopping import on_stop_signal
from edge_emotion.cli.stored_reference import doubts, open_reference
from edge_emotion.clock import SystemClock
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session, SessionSummary
from edge_emotion.service.notify import Notifier, NotifySink
from edge_emotion.sinks.wording import STATE_TEXT

EPILOG = """\
examples:
  edge-emotion run --source simulate --picture session.html
  edge-emotion run --input recording.csv --speed max --json
  edge-emotion run --source ble --ecg polar-h10 --eda "open-eda=C0:11:22:33:44:55" --reference default
  edge-emotion run --source ble --record recordings
  edge-emotion run --source simulate --speed real --dashboard
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
    trusted = tuple(read_trusted_key(Path(key)) for key in config.trusted_key)
    bundle, store = (
        (load_bundle(Path(config.bundle), trusted), None) if config.bundle else bundle_to_run(trusted)
    )
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
    context = context_of(config, given, manifest.labels, title)
    dashboard = open_dashboard(config) if config.dashboard else None
    sinks = [*sinks_of(config, given, context), screen_of(config, context)]
    sinks.append(NotifySink(Notifier()))
    if store:
        sinks.append(Confirming(store))
    if dashboard:
        sinks.append(dashboard.feed(dashboard_facts(config, manifest, title)))
    recording = recording_of(config, given, bundle, engine, reference) if config.record else None
    source = recording.source if recording else given.source
    # The recording comes first: what a sink that fails was about is on disk.
    session = Session(source, pipeline, [recording.sink, *sinks] if recording else sinks, SystemClock())
    with serving(dashboard):
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
        async with Notifier().serving():
            return await session.run()


def summary_text(summary: SessionSummary) -> str:
    """What happened, in three lines."""
    verdicts = ", ".join(f"{name} {count}" for name, count in sorted(summary.verdicts.items()))
    lost = ", ".join(f"{m} {s:.1f} s" for m, s in summary.lost_s.items() if s > 0) or "nothing"
    states = ", ".join(f"{STATE_TEXT[state]} {s:.0f} s" for state, s in summary.states_s.items() if s >= 0.5)
    return (
        f"{summary.reports} reports ({verdicts or 'none'}) from {summary.beats} beats and {summary.scrs} skin responses\n"
        f"lost: {lost}; refused packets: {summary.bad_packets}; took {summary.elapsed_s:.1f} s"
        f"{', stopped' if summary.stopped else ''}\n"
        f"states: {states or 'none'}"
    )
