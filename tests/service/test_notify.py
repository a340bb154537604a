"""What systemd hears, on a real socket."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_emotion.runtime.state import SessionState, StateChange
from edge_emotion.service.notify import Notifier, NotifySink, Status

STALLED = StateChange(time_ns=0, state=SessionState.STALLED, reasons=("eda",))


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(tmp_path / "notify"))
        link.settimeout(20)
        yield link


def test_ready_alive_state_and_stopping(systemd: socket.socket):
    notifier = Notifier({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "20000"})

    async def session() -> None:
        async with notifier.serving():
            NotifySink(Status(notifier)).write(STALLED)
            for _ in range(3):
                await asyncio.sleep(notifier.pulse_s or 0)

    asyncio.run(session())
    heard = []
    while not heard or heard[-1] != b"STOPPING=1":
        heard.append(systemd.recv(4096))
    assert heard[:2] == [b"READY=1", b"STATUS=stalled (eda)"]
    assert heard.count(b"WATCHDOG=1") >= 2


def test_several_wearers_share_one_line(systemd: socket.socket):
    status = Status(Notifier({"NOTIFY_SOCKET": systemd.getsockname()}))
    anna, ben = NotifySink(status, "anna"), NotifySink(status, "ben")
    anna.write(StateChange(time_ns=0, state=SessionState.RUNNING))
    ben.write(STALLED)
    anna.write(STALLED)
    assert [systemd.recv(4096) for _ in range(3)] == [
        b"STATUS=anna: running",
        b"STATUS=anna: running; ben: stalled (eda)",
        b"STATUS=anna: stalled (eda); ben: stalled (eda)",
    ]


def test_nobody_listens_and_nothing_happens(tmp_path: Path):
    Notifier({}).tell("READY=1")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
    assert Notifier({"WATCHDOG_USEC": "1000"}).pulse_s is None


def test_a_watchdog_meant_for_another_process_is_not_fed(tmp_path: Path):
    given = {"NOTIFY_SOCKET": str(tmp_path), "WATCHDOG_USEC": "1000000"}
    assert Notifier(given | {"WATCHDOG_PID": str(os.getpid())}).pulse_s == 0.5
    assert Notifier(given | {"WATCHDOG_PID": "1"}).pulse_s is None
