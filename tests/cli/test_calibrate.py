"""``edge-emotion calibrate`` and ``run --reference`` as a user meets them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import msgspec
import pytest
from tiny_bundle import write_bundle

from edge_emotion.cli import main
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.sources.replay.npz import write_npz
from edge_emotion.sources.simulator import as_recording

SECRET = "correct horse"


@pytest.fixture(autouse=True)
def references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGE_EMOTION_REFERENCES", str(tmp_path / "references"))
    monkeypatch.delenv("EDGE_EMOTION_PASSPHRASE", raising=False)
    return tmp_path / "references"


@pytest.fixture(scope="session")
def agitated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tense = Phase(name="stress", duration_s=90, scr_per_min=15, scr_amplitude_us=0.6)
    path = tmp_path_factory.mktemp("agitated") / "person.npz"
    write_npz(path, as_recording(simulate(Protocol(phase=(tense,)), seed=1)))
    return path


def calibrate(cli, bundle: Path, *arguments: object):
    return cli("calibrate", "--simulate", "--minutes", 1, "--bundle", bundle, *arguments)


def test_a_calibrated_run_never_collects(capfdbinary, bundle: Path, model, recording: Path):
    rest = ("calibrate", "--simulate", "--minutes", "1", "--bundle", str(bundle))
    assert main(rest) == 0
    capfdbinary.readouterr()
    run = ("run", "--input", recording, *model, "--reference", "default", "--json")
    assert main([str(part) for part in run]) == 0
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert {line["calibration"] for line in lines} == {"stored"}
    assert {line["abstention"] for line in lines} <= {"warming_up", "uncertain", None}
    assert lines[-1]["label"] == "stress"


def test_text_tells_how_it_goes_and_where_it_went(cli, bundle: Path, references: Path):
    outcome = calibrate(cli, bundle, "--name", "anna")
    path = references / "tiny" / "anna.json"
    assert outcome.code == 0
    assert "1:00 of 1:00" in outcome.out
    assert f"stored in {path}" in outcome.out
    assert json.loads(path.read_bytes())["name"] == "anna"


@pytest.mark.parametrize("flags", [(), ("--no-eda",), ("--name", "trial"), ("--out", "my rest.json")])
def test_the_command_that_it_names_runs(
    cli, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text(SECRET)
    sealed = ("--encrypt", "--passphrase-file", "secret.txt")
    told = calibrate(cli, bundle, *flags, *sealed).out.splitlines()[-1]
    program, *words = shlex.split(told.removeprefix("use it: "))
    assert program == "edge-emotion"
    outcome = cli(*words, "--precision", "float32")
    assert outcome.code == 0, outcome.err


def test_after_a_rest_from_sensors_or_a_recording_sensors_are_named(cli, bundle: Path, recording: Path):
    rest = ("calibrate", "--replay", recording, "--minutes", 1, "--bundle", bundle, "--no-eda")
    told = cli(*rest).out.splitlines()[-1]
    assert told == f"use it: edge-emotion run --source ble --bundle {bundle} --no-eda --reference default"


def test_json_is_lines_with_the_result_last(cli, bundle: Path, tmp_path: Path):
    outcome = calibrate(cli, bundle, "--json", "--out", tmp_path / "me.json", "--no-eda")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert {line["type"] for line in lines[:-1]} == {"progress"}
    assert (lines[-1]["type"], lines[-1]["accepted"], lines[-1]["roles"]) == ("result", True, ["cardiac"])


def test_what_was_no_rest_is_refused_with_code_5(cli, bundle: Path, agitated: Path, references: Path):
    flags = ("calibrate", "--replay", agitated, "--minutes", 1, "--bundle", bundle)
    outcome = cli(*flags, "--json")
    result = json.loads(outcome.out.splitlines()[-1])
    assert (outcome.code, result["accepted"], result["reasons"]) == (5, False, ["aroused"])
    assert "nothing was stored: aroused" in outcome.err.splitlines()[-1]
    assert cli(*flags).code == 5
    assert not references.exists()


def test_a_recording_that_is_too_short_is_refused(cli, bundle: Path, recording: Path):
    outcome = cli("calibrate", "--replay", recording, "--minutes", 10, "--bundle", bundle)
    assert outcome.code == 5
    assert "too_short" in outcome.err


def test_encrypted_with_a_file_and_opened_with_the_environment(
    cli, bundle: Path, model, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "secret.txt").write_text(SECRET + "\n")
    outcome = calibrate(cli, bundle, "--encrypt", "--passphrase-file", tmp_path / "secret.txt")
    assert "encrypted" in outcome.out
    run = ("run", "--input", recording, *model, "--reference", "default")
    assert (cli(*run).code, "no passphrase was given" in cli(*run).err) == (2, True)
    monkeypatch.setenv("EDGE_EMOTION_PASSPHRASE", "something else")
    assert (cli(*run).code, cli(*run).err.count("\n")) == (4, 1)
    monkeypatch.setenv("EDGE_EMOTION_PASSPHRASE", SECRET)
    assert "calibrated: stored rest" in cli(*run).out


def test_a_session_without_a_good_rest_says_what_was_wrong(cli, model, agitated: Path):
    outcome = cli("run", "--input", agitated, *model)
    assert outcome.code == 0
    assert "no rest: eda: too many skin responses" in outcome.out
    assert "edge-emotion calibrate" in outcome.out


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"{}", "is not a reference"), (b'{"format": "edge-emotion-reference', "is not a reference")],
)
def test_bad_references_give_one_line_and_code_4(
    cli, model, recording: Path, tmp_path: Path, content: bytes, expected: str
):
    (tmp_path / "bad.json").write_bytes(content)
    outcome = cli("run", "--input", recording, *model, "--reference", tmp_path / "bad.json")
    assert (outcome.code, outcome.err.count("\n")) == (4, 1)
    assert expected in outcome.err


def test_a_reference_of_another_bundle_is_refused(
    cli, bundle: Path, recording: Path, tmp_path: Path, signal_spec
):
    other = write_bundle(tmp_path / "other.emo", msgspec.structs.replace(signal_spec, hop_s=10.0))
    calibrate(cli, bundle, "--out", tmp_path / "me.json")
    flags = ("--bundle", other, "--precision", "float32", "--reference", tmp_path / "me.json")
    outcome = cli("run", "--input", recording, *flags)
    assert (outcome.code, outcome.err.count("\n")) == (4, 1)
    assert "run 'edge-emotion calibrate' with this bundle" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--minutes", "0.5"), "allowed: 1 to 10"),
        (("--minutes", "nan"), "allowed: 1 to 10"),
        (("--name", "../me"), "is no name"),
        (("--out", "me.txt"), "ends in .json"),
        (("--replay", "x"), "one of them"),
        (("--no-eda", "--no-cardiac"), "leave nothing"),
        (("--speed", "fast"), "give max, real, or a factor"),
        (("--seed", "-1"), "allowed: 0 and above"),
        (("--encrypt",), "no passphrase"),
        (("--encrypt", "--passphrase-file", "absent"), "cannot be read"),
    ],
)
def test_usage_errors_give_one_line_and_code_2(cli, bundle: Path, arguments, expected: str):
    outcome = cli("calibrate", "--simulate", "--bundle", bundle, *arguments)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert expected in outcome.err
