"""What is kept, for how long, and who can read it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from edge_emotion.recording.reading import SessionReader
from edge_emotion.types import Beat, Report, Samples


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text("ab" * 32)
    path.chmod(0o600)
    return path


def test_an_encrypted_recording_is_played_and_converted_with_its_key_alone(
    cli, model, recording: Path, tmp_path: Path, key: Path
):
    kept = tmp_path / "r"
    made = cli("run", "--input", recording, "--record", kept, "--encrypt", "--recording-key", key, *model)
    assert made.code == 0
    again = cli("run", "--input", kept, "--recording-key", key, *model)
    assert [line for line in made.out.splitlines() if "bpm" in line] == [
        line for line in again.out.splitlines() if "bpm" in line
    ]
    for arguments in (
        ("run", "--input", kept, *model),
        ("recover", kept),
        ("convert", kept, "--to", "csv", "--out", tmp_path / "c"),
    ):
        refused = cli(*arguments)
        assert (refused.code, refused.err.count("\n")) == (4, 1)
        assert "--recording-key" in refused.err
    assert cli("convert", kept, "--to", "edf", "--out", tmp_path / "s.edf", "--recording-key", key).code == 0


def test_reports_alone_keep_no_signal_and_no_beat(cli, model, recording: Path, tmp_path: Path):
    assert (
        cli("run", "--input", recording, "--record", tmp_path / "r", "--record-what", "reports", *model).code
        == 0
    )
    items = [r.item for r in SessionReader(tmp_path / "r")]
    assert sum(isinstance(i, Report) for i in items) == 36
    assert not any(isinstance(i, Samples | Beat) for i in items)


def test_sessions_that_are_too_old_are_forgotten_and_others_stay(cli, model, recording: Path, tmp_path: Path):
    run = ("run", "--input", recording, "--record", tmp_path / "r", "--record-what", "reports", *model)
    cli(*run)
    (old,) = (tmp_path / "r").iterdir()
    past_s = time.time() - 8 * 86_400
    for path in old.iterdir():
        os.utime(path, (past_s, past_s))
    cli(*run)
    assert len(list((tmp_path / "r").iterdir())) == 2
    told = cli(*run, "--record-keep-days", 7)
    assert old.name in told.err
    assert len(list((tmp_path / "r").iterdir())) == 2
    assert not old.exists()


def test_encrypting_without_a_key_is_refused(cli, model, tmp_path: Path):
    outcome = cli("run", "--source", "simulate", "--record", tmp_path / "r", "--encrypt", *model)
    assert (outcome.code, "openssl rand" in outcome.err) == (2, True)
    assert not (tmp_path / "r").exists()


def test_a_journal_hears_nothing_about_the_person(cli, model, recording: Path):
    outcome = cli("run", "--input", recording, "--screen", "states", *model)
    live = outcome.out.partition("36 reports")[0]
    assert "[running]" in live
    assert "bpm" not in live
    assert "stress 0." not in live
