from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.cli import main


@pytest.fixture
def reports(capfdbinary, model):
    """Runs with ``--json`` and gives the parsed lines; bytes go past pytest's text capture."""

    def run(*arguments: object) -> list[dict]:
        assert main(["run", *map(str, arguments), *map(str, model), "--json"]) == 0
        return [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]

    return run


def test_one_report_a_hop_and_stress_is_seen(reports, recording: Path):
    lines = reports("--input", recording)
    assert [line["end_s"] for line in lines] == [5.0 * i for i in range(1, 37)]
    assert {line["abstention"] for line in lines[:11]} == {"warming_up"}
    assert lines[22]["label"] == "rest"
    assert lines[-1]["label"] == "stress"
    assert lines[-1]["heart_rate_bpm"] > lines[22]["heart_rate_bpm"] + 20


def test_speed_does_not_change_the_reports(reports, recording: Path):
    keys = ("end_s", "label", "probabilities", "heart_rate_bpm", "quality")
    fast, paced = reports("--input", recording), reports("--input", recording, "--speed", 1000)
    assert [[line[k] for k in keys] for line in fast] == [[line[k] for k in keys] for line in paced]
    assert fast[-1]["data_age_ms"] is None
    assert paced[-1]["data_age_ms"] >= 0


@pytest.mark.parametrize("only", ["--no-eda", "--no-cardiac"])
def test_one_modality_alone_runs_when_asked_for(reports, recording: Path, only: str):
    missing = "eda" if only == "--no-eda" else "cardiac"
    last = reports("--input", recording, only)[-1]
    assert last["quality"][missing] == {"index": 0.0, "reasons": ["missing"]}


def test_rr_intervals_can_play_the_cardiac_part(reports, recording: Path):
    last = reports("--input", recording, "--cardiac", "rr")[-1]
    assert last["heart_rate_bpm"] == pytest.approx(110, abs=12)


def test_text_sink_and_picture(cli, model, recording: Path, tmp_path: Path):
    events, picture = tmp_path / "e.jsonl", tmp_path / "p.html"
    outcome = cli("run", "--input", recording, *model, "--sink", f"jsonl:{events}", "--picture", picture)
    assert outcome.code == 0
    assert "36 reports" in outcome.out
    kinds = {json.loads(line)["type"] for line in events.read_text().splitlines()}
    assert kinds == {"report", "beat", "scr", "state"}
    assert "stress</text>" in picture.read_text()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


CSV = "time_s,ecg_mv,eda_us\n0.00,0.1,1.0\n0.01,oops,1.0\n"
BAD = {
    "cut.npz": b"PK\x03\x04 and no more",
    "text.csv": CSV.encode(),
    "moved.npz": npz(acc_g=np.zeros((50, 3)), acc_rate_hz=np.array(25.0)),
    "objects.npz": npz(ecg_mv=np.array([{}], dtype=object), ecg_rate_hz=np.array(130.0)),
    "junk.npz": b"no archive at all",
    "strange.bin": b"\x00\x01\x02",
    "rate.csv": ("time_s,ecg_mv,eda_us\n" + "".join(f"{i / 77},0.1,1.0\n" for i in range(100))).encode(),
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cut.npz", "damaged, cut short"),
        ("text.csv", "line 3, column ecg_mv: 'oops'"),
        ("moved.npz", "has no ecg or bvp or rr signal"),
        ("objects.npz", "Python objects"),
        ("junk.npz", "is no NumPy archive"),
        ("strange.bin", "no known format"),
        ("rate.csv", "no filter for 77 Hz"),
        ("absent.edf", "no such file"),
    ],
)
def test_bad_recordings_give_one_line_and_code_4(cli, model, tmp_path: Path, name: str, expected: str):
    if name in BAD:
        (tmp_path / name).write_bytes(BAD[name])
    outcome = cli("run", "--input", tmp_path / name, *model)
    assert outcome.code == 4
    assert outcome.err.count("\n") == 1
    assert expected in outcome.err
    assert "allow_pickle" not in outcome.err


@pytest.mark.parametrize(("kept", "missing"), [("ecg_mv", "eda"), ("eda_us", "cardiac")])
def test_a_recording_of_one_signal_runs_and_says_so(
    capfdbinary, model, recording: Path, tmp_path: Path, kept: str, missing: str
):
    with np.load(recording) as whole:
        rate = kept.replace(kept.partition("_")[2], "rate_hz")
        np.savez(tmp_path / "one.npz", **{kept: whole[kept], rate: whole[rate]})
    assert main([str(a) for a in ("run", "--input", tmp_path / "one.npz", *model, "--json")]) == 0
    streams = capfdbinary.readouterr()
    last = json.loads(streams.out.splitlines()[-1])
    assert last["quality"][missing] == {"index": 0.0, "reasons": ["missing"]}
    assert f"one.npz: has no {missing} signal" in streams.err.decode()


def test_a_folder_of_a_converted_session_names_the_file_to_give(cli, model, recording: Path, tmp_path: Path):
    (tmp_path / "kept").mkdir()
    assert cli("record", "--input", recording, "--out", tmp_path / "kept").code == 0
    assert cli("convert", tmp_path / "kept", "--to", "csv", "--out", tmp_path / "tables").code == 0
    outcome = cli("run", "--input", tmp_path / "tables", *model)
    assert outcome.code == 4
    assert f"{tmp_path / 'tables' / 'signals.csv'}" in outcome.err


def test_bad_bundles_give_one_line_and_code_4(cli, bundle: Path, tmp_path: Path, signal_spec):
    from tiny_bundle import write_bundle

    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "flipped.emo").write_bytes(data)
    (tmp_path / "cut.emo").write_bytes(data[:1000])
    write_bundle(tmp_path / "newer.emo", signal_spec, schema_version=99)
    for name in ("flipped.emo", "cut.emo", "newer.emo", "absent.emo"):
        outcome = cli("run", "--source", "simulate", "--bundle", tmp_path / name)
        assert (outcome.code, outcome.err.count("\n")) == (4, 1), name


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "needs --input"),
        (("--input", "x", "--no-eda", "--no-cardiac"), "leave nothing"),
        (("--source", "simulate", "--speed", "fast"), "give max, real, or a factor"),
        (("--source", "simulate", "--sink", "kafka:x"), "allowed: jsonl:FILE"),
        (("--source", "simulate", "--seed", "-1"), "$.seed"),
        (("--source", "simulate", "--config", "absent.toml"), "cannot be read"),
        (("--source", "simulate", "--picture", "absent/x.html"), "cannot be written"),
        (("--source", "ble", "--ecg", "toaster"), "unknown sensor"),
        (("--source", "lsl"), "streams given: none"),
        (("--source", "lsl", "--stream", "eeg=Muse"), "modalities: ecg"),
    ],
)
def test_usage_errors_give_one_line_and_code_2(cli, model, arguments, expected):
    outcome = cli("run", *arguments, *model)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert expected in outcome.err
