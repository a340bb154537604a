"""A private system bus for bleak's own BlueZ backend."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CONFIGURATION = """<busconfig><type>system</type><listen>unix:tmpdir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
</busconfig>"""


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, which is also the process's system bus."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("no dbus-daemon: apt install dbus to test BlueZ's errors")
    (tmp_path / "bus.conf").write_text(CONFIGURATION.format(folder=tmp_path))
    command = [
        "dbus-daemon",
        "--nofork",
        "--nopidfile",
        f"--config-file={tmp_path / 'bus.conf'}",
        "--print-address=1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address
        daemon.terminate()
