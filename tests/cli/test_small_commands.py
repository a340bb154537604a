from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.cli import checks
from edge_emotion.cli.checks import (
    State,
    check_bluetooth,
    check_engine,
    check_extra,
    check_python,
    check_system,
)
from edge_emotion.cli.doctor import report
from edge_emotion.sources.replay.opening import open_recording

PROTOCOL = '[[phase]]\nname = "rest"\nduration_s = 20\n'


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text(PROTOCOL)
    return path


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_simulate_writes_what_run_reads(cli, tmp_path: Path, protocol: Path, suffix: str):
    out = tmp_path / f"person{suffix}"
    outcome = cli("simulate", "--out", out, "--protocol", protocol, "--ecg-rate", 250, "--json")
    facts = json.loads(outcome.out)
    assert (outcome.code, facts["duration_s"], facts["phases"][0]["label"]) == (0, 20, "rest")
    assert open_recording(out).signals[0].rate_hz == 250


def test_simulate_keeps_the_truth_beside_the_signals(cli, tmp_path: Path, protocol: Path):
    out = tmp_path / "person.npz"
    assert "made up" in cli("simulate", "--out", out, "--protocol", protocol).out
    with np.load(out) as archive:
        assert len(archive["true_beat_time_s"]) == len(archive["rr_ms"]) + 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--out", "x.edf"), 2),
        (("--out", "absent/x.npz"), 2),
        (("--out", "x.npz", "--ecg-rate", "3"), 2),
        (("--out", "x.npz", "--protocol", "absent.toml"), 4),
        ((), 2),
    ],
)
def test_simulate_refuses(cli, arguments, code):
    assert cli("simulate", *arguments).code == code


def test_inspect_as_table_and_as_json(cli, bundle: Path):
    shown = cli("inspect", bundle)
    assert shown.code == 0
    for expected in ("tiny 1.0.0", "rest, stress", "ecg_detection", "model.onnx", "cardiac_features"):
        assert expected in shown.out
    facts = json.loads(cli("inspect", bundle, "--json").out)
    assert facts["manifest"]["labels"] == ["rest", "stress"]
    assert facts["verified"] is True


def test_inspect_refuses_what_is_no_bundle(cli, tmp_path: Path):
    (tmp_path / "x.emo").write_text("no")
    assert cli("inspect", tmp_path / "x.emo").code == 4


def test_doctor_is_one_object_with_a_step_for_each_problem(cli, monkeypatch, bundle: Path):
    monkeypatch.setattr(checks, "default_bundle_path", lambda: bundle.with_name("absent.emo"))
    outcome = cli("doctor", "--json")
    facts = json.loads(outcome.out)
    assert (outcome.code, facts["ready"]) == (5, False)
    assert {c["name"] for c in facts["checks"]} >= {"python", "system", "onnxruntime", "bundle", "bluetooth"}
    assert all(c["advice"] for c in facts["checks"] if c["state"] != "ok")


def test_engines_are_tried_in_a_child(monkeypatch):
    killed = ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "pip install x")
    monkeypatch.setattr(
        checks, "ENGINES", {"dies": killed, "absent": ("import no_such_engine", "pip install y")}
    )
    assert check_engine("dies").found == "import was killed by signal 4"
    absent = check_engine("absent")
    assert (absent.state, absent.advice) == (State.WARNING, "pip install y")
    assert "no_such_engine" in absent.found


def test_checks_of_the_machine(tmp_path: Path, monkeypatch):
    assert check_python().state is State.OK
    assert check_system(lambda: "Plan9").state is State.WARNING
    assert check_bluetooth(tmp_path).found == "no adapter"
    monkeypatch.setattr(checks, "EXTRAS", {"none": ("no_such_package", "nothing")})
    assert "edge-emotion[none]" in check_extra("none").advice


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'Powered: yes'", "hci0, powered"),
        ("echo 'Powered: no'", "hci0, powered off"),
        ("exec sleep 60", "does not answer"),
    ],
)
def test_bluetooth_states_and_a_daemon_that_hangs(tmp_path: Path, monkeypatch, script: str, expected: str):
    (tmp_path / "hci0").mkdir()
    tool = tmp_path / "bluetoothctl"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(checks, "BLUETOOTH_TIMEOUT_S", 0.5)
    assert expected in check_bluetooth(tmp_path).found


def test_the_table_ends_in_next_steps():
    shown = report([check_python(), check_bluetooth(Path("/nowhere"))])
    assert "next steps\n  bluetooth: needed for sensors only" in shown
