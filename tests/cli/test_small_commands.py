from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

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


def test_inspect_says_that_a_recording_is_no_bundle(cli, recording: Path):
    outcome = cli("inspect", recording)
    assert outcome.code == 4
    assert "but no bundle" in outcome.err
