"""``edge-emotion run``: reports from sensors, a recording, or the simulator."""

from __future__ import annotations

import argparse
import asyncio
import gc
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from edge_emotion.bundle.keys import read_trusted_key
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.cli import run_flags
from edge_emotion.cli.bundle_store import Watching, bundle_to_run
from edge_emotion.cli.common import say, show
from edge_emotion.cli.run_config import effective, to_toml
from edge_emotion.cli.stopping import until_stopped
from edge_emotion.cli.wearer import Shared, prepare
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.session import Session, SessionSummary
from edge_emotion.service.notify import Notifier, NotifySink, Status
from edge_emotion.sinks import Sink
from edge_emotion.sinks.wording import STATE_TEXT

EPILOG = """\
examples:
  edge-emotion run --source simulate --picture session.html
  edge-emotion run --input recording.csv --speed max --json
  edge-emotion run --source ble --ecg polar-h10 --eda "open-eda=C0:11:22:33:44:55" --reference default
  edge-emotion run --source ble --record recordings
  edge-emotion run --source simulate --speed real --dashboard
  edge-emotion run --input recordings
  edge-emotion run --source ble --wearer "anna=ecg=polar-h10=C0:11:22:33:44:55" --wearer "ben=ecg=polar-h10=C0:11:22:33:44:66"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    run_flags.add_arguments(parser)


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
    trial = Watching(store, bundle.sha256) if store else None
    with trial.loading() if trial else nullcontext():
        engine = open_engine(bundle, config.engine, config.precision)
    dashboard = None
    served: AbstractContextManager[None] = nullcontext()
    if config.dashboard:
        from edge_emotion.cli.dashboard import open_dashboard, serving

        dashboard = open_dashboard(config)
        served = serving(dashboard)
    shared = Shared(
        bundle=bundle, engine=engine, dashboard=dashboard, turn=asyncio.Lock(), several=bool(config.wearer)
    )
    watching: list[Sink] = [trial] if trial else []
    with served:
        if config.wearer:
            from edge_emotion.cli.fleet import run_fleet

            return run_fleet(config, shared, watching)
        prepared = prepare(config, shared, [*watching, NotifySink(Status(Notifier()))])
        gc.freeze()  # what is loaded stays: no collection need look at it again
        with trial.innocent() if trial else nullcontext():
            summary = asyncio.run(run_until_stopped(prepared.session))
    tell = say if config.json else show
    for line in (summary_text(summary), *prepared.closing_lines()):
        tell(line)
    return 0


async def run_until_stopped(session: Session) -> SessionSummary:
    """Run a session; Ctrl-C and SIGTERM end it in good order."""
    return await until_stopped(session.run(), session.stop)


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
