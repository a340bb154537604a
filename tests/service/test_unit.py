"""The unit as systemd itself judges it, and the files that installing leaves."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from edge_emotion.cli import main
from edge_emotion.service.unit import unit_text

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze (Debian: apt install systemd)")
WORST_EXPOSURE = 2.0


@needs_systemd
@pytest.mark.parametrize("network", [False, True])
def test_systemd_finds_it_hardened(tmp_path: Path, network: bool):
    unit = tmp_path / "edge-emotion.service"
    unit.write_text(unit_text("/usr/bin/python3", network=network))
    command = [str(ANALYZE), "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Overall exposure level.*: ([\d.]+)", said)
    assert found is not None
    assert float(found[1]) <= WORST_EXPOSURE


@needs_systemd
def test_systemd_understands_every_line(tmp_path: Path):
    unit = tmp_path / "edge-emotion.service"
    unit.write_text(unit_text("/usr/bin/python3"))
    done = subprocess.run([str(ANALYZE), "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "Unknown" not in done.stderr
    assert "edge-emotion.service" not in done.stderr


SMALLEST_BOARD_MB = 465  # what a guest of 512 MB has for everything (a Pi Zero 2 W)
LARGEST_SESSION_MB = 88  # of a day with everything on (benchmarks/results/day.json)


def test_the_limit_of_memory_can_act_on_the_smallest_board():
    found = re.search(r"^MemoryMax=(\d+)M$", unit_text("/usr/bin/python3"), re.MULTILINE)
    assert found is not None
    # Twice a session, because a new bundle is tried in a child; half the board, because the system lives there too.
    assert 2 * LARGEST_SESSION_MB <= int(found[1]) <= SMALLEST_BOARD_MB / 2


def test_status_without_systemd_says_what_to_do(capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    assert main(["service", "status"]) == 2
    assert "edge-emotion run --config" in capsys.readouterr().err


def test_without_a_network_sink_there_is_no_network():
    assert "PrivateNetwork=yes" in unit_text("/opt/x/bin/python")
    assert "PrivateNetwork" not in unit_text("/opt/x/bin/python", network=True)
    assert "ProtectHome=read-only" in unit_text("/home/pi/venv/bin/python")


def test_installing_into_an_image_and_taking_it_away(capsys, tmp_path: Path):
    assert main(["service", "install", "--root", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["network"] is False
    config, secrets = tmp_path / "etc/edge-emotion/run.toml", tmp_path / "etc/edge-emotion/secrets.env"
    assert 'screen = "states"' in config.read_text()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    config.write_text('source = "simulate"\nsink = ["mqtt://broker"]\n')
    assert main(["service", "install", "--root", str(tmp_path)]) == 0
    assert "simulate" in config.read_text()
    assert "AF_INET" in (tmp_path / "etc/systemd/system/edge-emotion.service").read_text()
    assert main(["service", "uninstall", "--root", str(tmp_path)]) == 0
    assert main(["service", "uninstall", "--root", str(tmp_path)]) == 2
    assert config.exists()


def test_settings_that_make_no_sense_are_refused_before_anything_is_written(capsys, tmp_path: Path):
    (tmp_path / "bad.toml").write_text('source = "telepathy"\n')
    root = tmp_path / "root"
    assert main(["service", "install", "--root", str(root), "--config", str(tmp_path / "bad.toml")]) == 2
    assert "telepathy" in capsys.readouterr().err
    assert not root.exists()
