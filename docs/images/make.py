"""Make the README's pictures from a real demo session: ``live.svg`` in the middle of the stress, ``session.png`` at its end.

python docs/images/make.py           # needs the simulate extra and, for session.png, chromium on the path
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.clock import ScaledClock, SystemClock
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.radio import (
    RecordedSignals,
    VirtualEdaSensor,
    VirtualPolarStrap,
    World,
    virtual_radio,
)
from edge_emotion.sinks.live import LiveSink
from edge_emotion.sinks.live_view import ViewState, view
from edge_emotion.sinks.screen import Screen
from edge_emotion.sinks.styled import escaped
from edge_emotion.sources.ble import BleSource
from edge_emotion.sources.until import Until
from edge_emotion.types import NS_PER_S

HERE = Path(__file__).resolve().parent
SEED = 7
COLUMNS = 96
MIDDLE_OF_STRESS_S = 600
CHROMIUM = (
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--window-size=1100,1420",
)


async def live_state(title: str) -> ViewState:
    """The terminal view's state after ten minutes of the demo's session."""
    bundle = load_bundle(default_bundle_path())
    made = simulate(seed=SEED)
    clock = ScaledClock(30.0)
    world = World(clock=clock, signals=RecordedSignals.of(made), origin_ns=clock.monotonic_ns())
    with Path("/dev/null").open("w") as nowhere:
        sink = LiveSink(title, Screen(nowhere), origin_ns=world.origin_ns)
        async with virtual_radio(VirtualPolarStrap(world), VirtualEdaSensor(world)) as radio:
            source = BleSource.from_names(clock=clock, ecg="polar-h10", eda="open-eda", radio=radio)
            pipeline = Pipeline(bundle.manifest, open_engine(bundle), source.modalities, clock)
            end = Until(source, world.origin_ns + MIDDLE_OF_STRESS_S * NS_PER_S)
            await Session(end, pipeline, [sink], SystemClock()).run()
    return sink.state


def main() -> None:
    title = "edge-emotion run --source ble"
    console = Console(record=True, width=COLUMNS, file=(HERE / "live.svg").open("w"))
    shown = view(asyncio.run(live_state(title)), COLUMNS)
    console.print(Text.from_ansi("\n".join(escaped(line) for line in shown)))
    console.save_svg(str(HERE / "live.svg"), title="edge-emotion")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["edge-emotion", "demo", "--seed", str(SEED), "--out", folder, "--json"], check=True)
        shot = f"--screenshot={HERE / 'session.png'}"
        profile = f"--user-data-dir={folder}/profile"
        subprocess.run([*CHROMIUM, profile, shot, f"file://{folder}/session.html"], check=True)


if __name__ == "__main__":
    main()
