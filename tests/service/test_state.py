"""What root puts into the service's folder belongs to the service, down to the last file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tiny_bundle import write_bundle

from edge_emotion.cli import main
from edge_emotion.errors import UsageError
from edge_emotion.service import state
from edge_emotion.service.state import service_folder
from edge_emotion.signals.spec import SignalSpec

SERVICE = 61_184 if os.geteuid() == 0 else os.geteuid()
"""A dynamic user of systemd where one may give files away; else the only one whom this user can be."""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The service's folder, after its first start."""
    folder = tmp_path / "state"
    folder.mkdir(0o700)
    os.chown(folder, SERVICE, -1)
    monkeypatch.setattr(state, "STATE_PATH", folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return folder


def owners(folder: Path) -> set[int]:
    return {path.stat().st_uid for path in (folder, *folder.rglob("*"))}


def test_a_bundle_and_a_reference_for_the_service(
    service: Path, capsys, tmp_path: Path, signal_spec: SignalSpec
):
    bundle = write_bundle(tmp_path / "tiny.emo", signal_spec)
    assert main(["bundle", "install", str(bundle), "--service", "--precision", "float32"]) == 0
    assert "systemctl restart edge-emotion" in capsys.readouterr().out
    assert main(["calibrate", "--simulate", "--minutes", "1", "--service"]) == 0
    assert (service / "references" / "tiny" / "default.json").is_file(), (
        "for the bundle that the service runs"
    )
    assert owners(service) == {SERVICE}
    assert not (tmp_path / "home").exists()


def test_the_service_reads_what_was_put_there(
    service: Path, capsys, tmp_path: Path, monkeypatch, signal_spec
):
    bundle = write_bundle(tmp_path / "tiny.emo", signal_spec)
    assert main(["bundle", "install", str(bundle), "--service", "--precision", "float32"]) == 0
    capsys.readouterr()
    monkeypatch.setenv("STATE_DIRECTORY", str(service))
    assert main(["bundle", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["current"].startswith("tiny 1.0.0")
    assert main(["bundle", "rollback", "--service"]) == 0
    assert owners(service) == {SERVICE}


def test_a_service_that_never_ran_and_a_link_are_refused(service: Path, tmp_path: Path, monkeypatch):
    (service / "bundles").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="is a link"), service_folder("bundles"):
        pass
    monkeypatch.setattr(state, "STATE_PATH", tmp_path / "absent")
    with pytest.raises(UsageError, match="service install"), service_folder("bundles"):
        pass


def test_two_places_are_one_too_many(service: Path, tmp_path: Path):
    assert main(["calibrate", "--simulate", "--service", "--out", str(tmp_path / "me.json")]) == 2
