from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from edge_emotion.recording.folder import segments, sessions
from edge_emotion.recording.reading import SessionReader, surveyed
from edge_emotion.types import Report


@pytest.fixture
def recorded(cli, model, recording: Path, tmp_path: Path) -> Path:
    """The folder that a run with ``--record`` left."""
    assert cli("run", "--input", recording, *model, "--record", tmp_path / "r").code == 0
    return tmp_path / "r"


def reports_of(path: Path) -> list[Report]:
    """Every bit of them but what the machine's speed decides."""
    found = [r.item for r in SessionReader(path) if isinstance(r.item, Report)]
    return [replace(r, latency_ms={}, data_age_ms=0.0) for r in found]


def test_a_replayed_recording_reports_the_same_bit_by_bit(cli, model, recorded: Path, tmp_path: Path):
    again = tmp_path / "again"
    assert cli("run", "--input", recorded, *model, "--record", again).code == 0
    first, second = reports_of(recorded), reports_of(again)
    assert len(first) == 36
    assert repr(first) == repr(second)


def test_speed_does_not_change_a_replay(cli, model, recorded: Path, tmp_path: Path):
    paced = tmp_path / "paced"
    outcome = cli("run", "--input", recorded, *model, "--speed", 2000, "--record", paced)
    assert outcome.code == 0
    assert repr(reports_of(paced)) == repr(reports_of(recorded))


def test_one_signal_of_a_recording_alone(cli, model, recorded: Path):
    outcome = cli("run", "--input", recorded, *model, "--no-eda")
    assert outcome.code == 0
    assert "36 reports" in outcome.out


def test_record_recover_convert(cli, tmp_path: Path, recording: Path):
    folder = tmp_path / "r"
    done = cli("record", "--input", recording, "--out", folder, "--json")
    assert json.loads(done.out)["samples"] == {"ecg": 23400, "eda": 2700}
    told = json.loads(cli("recover", folder, "--json").out)
    assert (told["whole"], told["losses"]) == (True, [])
    for kind, name in (("edf", "s.edf"), ("csv", "tables"), ("bids", "study")):
        assert cli("convert", folder, "--to", kind, "--out", tmp_path / name).code == 0
        assert (tmp_path / name).exists()


def test_recover_says_in_words_what_is_lost(cli, recorded: Path, tmp_path: Path):
    (file,) = segments(sessions(recorded)[0])
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content[:-40])
    outcome = cli("recover", recorded, "--out", tmp_path / "saved")
    assert outcome.code == 0
    assert "1 records lost after" in outcome.out
    assert "not closed in good order" in outcome.out
    assert cli("convert", tmp_path / "saved", "--to", "csv", "--out", tmp_path / "t").code == 0


def test_a_killed_recording_is_read_and_the_next_one_begins(tmp_path: Path, recording: Path):
    command = [sys.executable, "-m", "edge_emotion", "record", "--out", str(tmp_path / "r")]
    command += ["--input", str(recording), "--speed", "20"]
    for kill in (1, 2, 3):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
            while len(found := sessions(tmp_path / "r")) < kill or _bytes(found[-1]) < kill * 9_000:
                assert child.poll() is None
                time.sleep(0.005)
            seen = {session: _bytes(session) for session in found}
            child.send_signal(signal.SIGKILL)
        for session, size in seen.items():
            reader = SessionReader(session)
            sequences = [r.frame.sequence for r in reader]
            assert sequences == list(range(len(sequences)))
            assert reader.survey.bytes_read - sum(x.length for x in reader.survey.losses) >= size


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in segments(folder))


LIMITED = """
import resource, sys
from edge_emotion.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("command", "code"), [("run", 0), ("record", 4)])
def test_a_full_disk_is_told_and_only_a_recording_ends_with_it(
    model, recording: Path, tmp_path: Path, command: str, code: int
):
    flags = ("--record", tmp_path / "r", *model) if command == "run" else ("--out", tmp_path / "r")
    arguments = [command, "--input", recording, *flags, "--json"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, arguments)], capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == code
    assert "recording stopped" in done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if command == "run":
        assert sum(line["type"] == "report" for line in lines) == 36
        (told,) = [line for line in lines if line["type"] == "recording"]
        assert (told["state"], told["reason"]) == ("stopped", "File too large")
    else:
        assert done.stderr.count("\n") == 1
    assert surveyed(tmp_path / "r").losses == []


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("run", "--source", "simulate", "--record", "file/r"), 2, "cannot be recorded to"),
        (
            ("run", "--source", "simulate", "--record", "r", "--record-budget-mb", "1"),
            2,
            "less than two files",
        ),
        (("record", "--source", "simulate", "--out", ""), 2, "--out is empty"),
        (("recover", "absent"), 4, "no such file"),
        (("recover", "empty"), 4, "holds no recording"),
        (("recover", "file"), 4, "holds no whole record"),
        (("convert", "file", "--to", "csv", "--out", "t"), 4, "is no recording of --record"),
        (("convert", "empty.csv", "--to", "edf", "--out", "t"), 4, "is no recording of --record"),
        (("convert", "cut.eelog", "--to", "edf", "--out", "t"), 4, "no header is whole"),
        (("run", "--input", "empty"), 4, "is a directory"),
    ],
)
def test_errors_are_one_line(cli, tmp_path: Path, monkeypatch, arguments, code: int, expected: str):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("file").write_text("x")
    Path("empty.csv").touch()
    Path("cut.eelog").write_text("x")
    outcome = cli(*arguments)
    assert (outcome.code, outcome.err.count("\n")) == (code, 1)
    assert expected in outcome.err


def test_several_sessions_are_named(cli, recording: Path, tmp_path: Path):
    for _ in range(2):
        cli("record", "--input", recording, "--out", tmp_path)
    outcome = cli("recover", tmp_path)
    assert outcome.code == 4
    assert all(session.name in outcome.err for session in sessions(tmp_path))
