"""Installed bundles on the command line: used, confirmed, taken back, and never the reason that nothing runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.onnx import OnnxEngine
from edge_emotion.errors import EngineError
from edge_emotion.recording.folder import lock
from edge_emotion.updates.recent import recent_recording
from edge_emotion.updates.store import BundleStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: Path) -> BundleStore:
    monkeypatch.setenv("EDGE_EMOTION_BUNDLES", str(tmp_path / "bundles"))
    made = BundleStore(tmp_path / "bundles")
    made.install(load_bundle(bundle), bundle.read_bytes())
    return made


def test_the_installed_bundle_runs_and_its_first_report_ends_the_trial(cli, store, recording: Path):
    assert store.state.starts == 0
    outcome = cli("run", "--input", recording, "--precision", "float32")
    assert (outcome.code, store.state.starts) == (0, None)
    listed = json.loads(cli("bundle", "list", "--json").out)
    assert listed["current"].startswith("tiny 1.0.0")
    assert not listed["on_trial"]


def test_a_file_that_rotted_falls_back_to_the_one_that_ships(cli, store, recording: Path):
    path = store.path(store.state.current)
    path.write_bytes(path.read_bytes()[:-7])
    outcome = cli("run", "--input", recording)
    assert outcome.code == 0
    assert "falling back" in outcome.err
    assert "36 reports" in outcome.out
    assert store.state.starts == 1, "the reports were another bundle's: the trial goes on"


@pytest.mark.parametrize(
    "wanting",
    [("--source", "ble", "--ecg", "polar-h10", "--no-eda"), ("--input", "absent.npz")],
    ids=["no Bluetooth", "no file"],
)
def test_a_good_bundle_is_not_blamed_for_what_is_not_there(cli, store, monkeypatch, wanting):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/no/such/bus")
    for _ in range(5):
        outcome = cli("run", *wanting, "--precision", "float32")
        assert outcome.code in (2, 4)
        assert "taken back" not in outcome.err
    assert store.state.starts == 0


def test_one_that_kills_the_process_while_it_is_loaded_is_taken_back(store, recording: Path, tmp_path: Path):
    package = tmp_path / "onnxruntime"
    package.mkdir()
    (package / "__init__.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [
        sys.executable,
        "-m",
        "edge_emotion",
        "run",
        "--input",
        str(recording),
        "--precision",
        "float32",
    ]
    for _ in range(3):
        done = subprocess.run(
            command, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": path}
        )
        assert done.returncode == -signal.SIGSEGV
    assert "started 3 times" in (store.begin()[1] or "")


def test_one_whose_model_fails_on_its_first_window_is_taken_back(cli, store, recording: Path, monkeypatch):
    def fails(*_: object) -> object:
        raise EngineError("no such operator")

    monkeypatch.setattr(OnnxEngine, "run", fails)
    codes = [cli("run", "--input", recording, "--precision", "float32").code for _ in range(3)]
    assert codes == [4, 4, 4]
    assert "started 3 times" in (store.begin()[1] or "")


def test_the_newest_recording_is_what_a_new_bundle_is_tried_on(
    cli, store, bundle: Path, recording: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    told = json.loads(cli("bundle", "install", bundle, "--precision", "float32", "--json").out)
    assert (told["tried_on"], told["agreement_with_current"]) == ("a made-up person alone", None)
    for name in ("anna", "ben"):
        flags = ("--input", recording, "--precision", "float32", "--record", f"kept/{name}")
        assert cli("run", *flags).code == 0
    config = tmp_path / "run.toml"
    config.write_text('source = "ble"\nrecord = "kept/{wearer}"\n')
    flags = ("--precision", "float32", "--config", config, "--minimum-agreement", 1, "--json")
    told = json.loads(cli("bundle", "install", bundle, *flags).out)
    newest = max((tmp_path / "kept").rglob("*.eelog"), key=lambda file: file.parent.name)
    assert told["tried_on"].endswith(str(newest.relative_to(tmp_path)))
    assert told["agreement_with_current"] == 1.0


def test_recordings_that_need_a_key_or_are_being_written_are_passed_over(
    cli, recording: Path, tmp_path: Path
):
    record = tmp_path / "kept"
    assert cli("run", "--input", recording, "--record", record).code == 0
    plain = recent_recording(record)
    assert plain is not None
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o600)
    hidden = ("--encrypt", "--recording-key", tmp_path / "key")
    assert cli("run", "--input", recording, "--record", record, *hidden).code == 0
    assert recent_recording(record) == plain
    with plain.open("rb") as file:
        lock(file.fileno())
        assert recent_recording(record) is None
    assert recent_recording(tmp_path / "absent") is None


def test_rollback_says_what_counts_now(cli, store):
    assert "ships with the package" in cli("bundle", "rollback").out
    again = cli("bundle", "rollback")
    assert (again.code, again.err.count("\n")) == (2, 1)


def test_a_bad_bundle_is_one_line_and_code_4(cli, store, bundle: Path, tmp_path: Path):
    (tmp_path / "cut.emo").write_bytes(bundle.read_bytes()[:500])
    outcome = cli("bundle", "install", tmp_path / "cut.emo")
    assert (outcome.code, outcome.err.count("\n")) == (4, 1)
