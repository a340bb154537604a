"""A virtual sensor behind an HCI transport, as ``simulate --ble`` puts it on a real adapter."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport import open_transport

from edge_emotion.cli import main
from edge_emotion.cli.advertise import OFFERS, advertise
from edge_emotion.clock import SystemClock
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.simulation.radio import RecordedSignals, virtual_radio
from edge_emotion.simulation.radio.repeated import RepeatedSignals
from edge_emotion.sources.ble import BleSource
from edge_emotion.types import Samples

# bumble leaves the sockets of its server, and of adapters that it could not open, to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SHORT = Protocol(phase=(Phase(name="rest", duration_s=10),))


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """No socket of this test is found by a later one."""
    yield
    with warnings.catch_warnings(action="ignore"):
        gc.collect()


async def played(sensor: str, path: Path) -> tuple[list[Samples], list[str]]:
    """What is read of a sensor that is played on a controller behind a socket, and what the player said."""
    air, said = LocalLink(), list[str]()
    made = simulate(SHORT, ecg_rate_hz=OFFERS[sensor].ecg_rate_hz)
    adapter = await open_transport(f"unix-server:{path}")
    Controller("adapter", host_source=adapter.source, host_sink=adapter.sink, link=air)
    player = asyncio.create_task(advertise(made, sensor, f"unix:{path}", said.append))
    role = {"eda": sensor} if sensor == "open-eda" else {"ecg": sensor}
    got: list[Samples] = []
    async with virtual_radio(air=air) as radio:
        source = BleSource.from_names(clock=SystemClock(), radio=radio, **role)
        async with aclosing(aiter(source)) as items:
            async for item in items:
                if isinstance(item, Samples):
                    got.append(item)
                if len(got) == 2:
                    break
    os.kill(os.getpid(), signal.SIGTERM)
    await player
    await adapter.close()
    return got, said


@pytest.mark.parametrize("sensor", ["polar-h10", "movesense", "open-eda"])
def test_what_is_played_is_read(sensor: str, tmp_path: Path) -> None:
    got, said = asyncio.run(asyncio.wait_for(played(sensor, tmp_path / "hci"), 60))
    assert all(len(s.values) and np.isfinite(s.values).all() for s in got)
    assert said[0].startswith("advertising")
    assert said[1:] == ["connected", "disconnected"]


def test_every_sensor_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    main(["simulate", "--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in OFFERS)


@pytest.mark.parametrize(
    "adapter", ["hci-socket:7", "usb:9", "radio:1", "tcp-client:127.0.0.1:1", "unix:/absent"]
)
def test_an_adapter_that_cannot_be_had(adapter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--ble", adapter]) == 4
    error = capsys.readouterr().err
    assert f"{adapter}: the adapter cannot be opened" in error
    assert "systemctl stop bluetooth" in error


def test_a_session_begins_anew_at_its_end() -> None:
    once = RecordedSignals.of(simulate(SHORT))
    signals = RepeatedSignals(once=once, length_s=10.0)
    assert np.array_equal(signals.ecg_mv(1290, 20), np.concatenate([once.ecg[1290:], once.ecg[:10]]))
    beats_s = signals.beat_times_s(5, 25)
    assert np.array_equal(beats_s[beats_s >= 10][: len(once.beats_s)], once.beats_s + 10)
