"""A process that is asked to end stops the streams on its sensors: an H10 that is left streaming drains its battery."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys
from edge_emotion.cli.run import run_until_stopped
from edge_emotion.clock import SystemClock
from edge_emotion.runtime.session import Session
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.radio import RecordedSignals, VirtualEdaSensor, VirtualPolarStrap, World, virtual_radio
from edge_emotion.sources.ble import BleSource
from edge_emotion.types import Samples

class Told:
    def push(self, item):
        print("item", flush=True)
        return []

async def main():
    clock = SystemClock()
    world = World(clock=clock, signals=RecordedSignals.of(simulate()), origin_ns=clock.monotonic_ns())
    strap, eda = VirtualPolarStrap(world), VirtualEdaSensor(world)
    async with virtual_radio(strap, eda) as radio:
        source = BleSource.from_names(ecg="polar-h10", eda="open-eda", clock=clock, radio=radio)
        summary = await run_until_stopped(Session(source, Told(), [], clock))
        print("stopped", summary.stopped, strap.requests[-1], eda.requests[-1], strap.connected, eda.connected)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_streams(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "item\n"
        child.send_signal(number)
        last = child.stdout.read().splitlines()[-1]
    assert child.returncode == 0
    assert last.startswith("stopped True PmdStop(")
    assert last.endswith("EdaStop() False False")
