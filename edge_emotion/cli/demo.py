"""``edge-emotion demo``: a virtual chest strap and skin sensor, read over Bluetooth by the real code, reported live."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli.common import PRECISIONS, add_json, open_bundle, say, show, write_json
from edge_emotion.cli.demo_text import demo_facts, demo_text
from edge_emotion.cli.run import run_until_stopped
from edge_emotion.clock import ScaledClock, SystemClock
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import UsageError
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session, SessionSummary
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Protocol, default_protocol, load_protocol
from edge_emotion.simulation.radio import (
    RecordedSignals,
    VirtualEdaSensor,
    VirtualPolarStrap,
    World,
    virtual_radio,
)
from edge_emotion.sinks import Sink
from edge_emotion.sinks.picture import PictureSink
from edge_emotion.sinks.picture.page import Heading
from edge_emotion.sinks.tally import PhaseResult, PhaseTally
from edge_emotion.sinks.terminal import text_sink
from edge_emotion.sources.ble import BleSource
from edge_emotion.sources.until import Until
from edge_emotion.types import NS_PER_S

EPILOG = """\
example:
  edge-emotion demo --out demo-report

Everything above the antenna is real: advertisements, GATT, Polar PMD frames, the open EDA profile, filters, model. Only the body
is made up, so the result says that the chain works, not how well it reads people.
"""
PICTURE = "session.html"
LAST_PACKET_S = 1.0
"""The last packet of a sensor may not be full and so never be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the demo showed."""

    summary: SessionSummary
    phases: tuple[PhaseResult, ...]
    picture: Path
    simulated_s: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--speed", type=float, default=30.0, metavar="FACTOR", help="times real time (default: 30)"
    )
    parser.add_argument("--seed", type=int, default=7, help="which made-up person (default: 7)")
    parser.add_argument(
        "--protocol", type=Path, metavar="TOML", help="the script (default: rest, stress, recovery)"
    )
    parser.add_argument("--bundle", metavar="FILE", help="a .emo bundle (default: the shipped one)")
    parser.add_argument(
        "--engine", choices=("auto", "onnxruntime", "litert"), default="auto", help="default: auto"
    )
    parser.add_argument("--precision", choices=PRECISIONS, default="int8", help="default: int8")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("demo-report"),
        metavar="DIR",
        help="folder for the picture (default: demo-report)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Show the whole path once."""
    if not 0 < args.speed <= 1000:
        raise UsageError(f"--speed {args.speed:g}: allowed: above 0 to 1000")
    protocol = load_protocol(args.protocol) if args.protocol else default_protocol()
    bundle = open_bundle(args.bundle)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"--out {args.out}: cannot be made ({error.strerror}); give another folder"
        ) from None
    outcome = asyncio.run(play(bundle, protocol, args))
    if args.json:
        write_json(demo_facts(outcome.summary, outcome.phases, outcome.simulated_s, outcome.picture))
    else:
        show(demo_text(outcome.summary, outcome.phases, outcome.simulated_s, outcome.picture))
    return 0


async def play(bundle: Bundle, protocol: Protocol, args: argparse.Namespace) -> Outcome:
    """One session of a made-up person in front of the real Bluetooth code."""
    engine = open_engine(bundle, args.engine, args.precision)
    made = simulate(protocol, seed=args.seed)
    manifest = bundle.manifest
    clock = ScaledClock(args.speed)
    world = World(clock=clock, signals=RecordedSignals.of(made), origin_ns=clock.monotonic_ns())
    end_ns = world.origin_ns + round((protocol.duration_s - LAST_PACKET_S) * NS_PER_S)
    title = (
        f"demo at {args.speed:g} x · {manifest.name} {manifest.version} · {engine.name} {engine.precision}"
    )
    tally = PhaseTally(made.phases, world.origin_ns)
    heading = Heading(
        title="Edge-emotion demo: a made-up person in rest, stress and recovery", subtitle=title
    )
    picture = PictureSink(args.out / PICTURE, heading, manifest.labels, made.phases, world.origin_ns)
    stream = sys.stderr if args.json else sys.stdout
    sinks: list[Sink] = [tally, picture, text_sink(stream, title, world.origin_ns)]
    if args.json:
        say("virtual strap and skin sensor are advertising")
    async with virtual_radio(VirtualPolarStrap(world), VirtualEdaSensor(world)) as radio:
        source = BleSource.from_names(clock=clock, ecg="polar-h10", eda="open-eda", radio=radio)
        pipeline = Pipeline(manifest, engine, source.modalities, clock)
        session = Session(Until(source, end_ns), pipeline, sinks, SystemClock())
        summary = await run_until_stopped(session)
    return Outcome(
        summary=summary, phases=tally.results(), picture=picture.path, simulated_s=protocol.duration_s
    )
