"""What `inspect` shows of one bundle, and of two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.container import decode, encode


def changed(bundle: Path, path: Path, **fields: Any) -> Path:
    """The same bundle with other manifest fields; ``a__b`` is b inside of a."""
    members = decode(bundle.read_bytes())
    manifest = json.loads(members["manifest.json"])
    for name, value in fields.items():
        *outer, last = name.split("__")
        part = manifest
        for key in outer:
            part = part[key]
        part[last] = value
    path.write_bytes(encode({**members, "manifest.json": msgspec.json.encode(manifest)}))
    return path


def test_everything_of_the_shipped_bundle_is_shown(cli):
    shown = cli("inspect").out
    manifest = json.loads(cli("inspect", "--json").out)["manifest"]
    wanted = [
        *manifest["labels"],
        *(f["sha256"] for f in manifest["files"]),
        *(i["name"] for i in manifest["inputs"]),
        *(f"{d['name']}" for d in manifest["training"]["datasets"]),
        *(d["licence"] for d in manifest["training"]["datasets"]),
        *manifest["training"]["held_out"],
        f"{manifest['model']['macs']} MACs",
        f"{manifest['model']['parameters']} parameters",
        f"{manifest['quantization']['calibration_windows']} windows",
        "not signed",
        "ECG at 100",
    ]
    assert [w for w in wanted if w not in shown] == []


def test_json_says_bytes_per_engine_and_signature(cli):
    facts = json.loads(cli("inspect", "--json").out)
    sizes = {f["path"]: f["bytes"] for f in facts["manifest"]["files"]}
    assert len(facts["engines"]) == 4
    assert all(e["bytes"] == sizes[e["path"]] for e in facts["engines"])
    assert facts["signature"] == {"present": False, "algorithm": None, "public_key": None, "checked": False}


def test_a_bundle_does_not_differ_from_its_copy(cli, bundle: Path, tmp_path: Path):
    copy = tmp_path / "copy.emo"
    copy.write_bytes(bundle.read_bytes())
    outcome = cli("inspect", bundle, "--diff", copy)
    assert (outcome.code, "the same bytes" in outcome.out) == (0, True)


def test_differences_are_named_by_field(cli, bundle: Path, tmp_path: Path):
    other = changed(bundle, tmp_path / "b.emo", version="2.0.0", decision__minimum_probability=0.7)
    outcome = cli("inspect", bundle, "--diff", other, "--json")
    facts = json.loads(outcome.out)
    assert (outcome.code, facts["same"], facts["files"], facts["proof"]) == (1, False, [], [])
    assert facts["manifest"] == [
        {"field": "version", "first": "1.0.0", "second": "2.0.0"},
        {"field": "decision.minimum_probability", "first": 0.6, "second": 0.7},
    ]
    assert "decision.minimum_probability  0.6" in cli("inspect", bundle, "--diff", other).out


def test_an_added_row_is_one_difference_and_not_a_shift(cli, bundle: Path, tmp_path: Path):
    sets = [{"name": n, "licence": "none", "citation": "nobody", "people": 0} for n in ("first", "nothing")]
    other = changed(bundle, tmp_path / "b.emo", training__datasets=sets)
    facts = json.loads(cli("inspect", bundle, "--diff", other, "--json").out)
    assert {c["field"].partition("]")[0] for c in facts["manifest"]} == {"training.datasets[first"}


def test_model_bytes_and_proof_stand_apart(cli, bundle: Path):
    outcome = cli("inspect", bundle, "--diff", default_bundle_path(), "--json")
    facts = json.loads(outcome.out)
    files = {f["path"]: f for f in facts["files"]}
    assert files["model.onnx"]["first"]["sha256"] != files["model.onnx"]["second"]["sha256"]
    assert files["model.int8.onnx"]["first"] is None
    agreement = next(p for p in facts["proof"] if p["figure"] == "label_agreement")
    assert agreement["first"] is None
    assert 0.9 < agreement["second"] <= 1


def test_a_signature_alone_is_a_difference(cli, bundle: Path, tmp_path: Path):
    cli("bundle", "keygen", tmp_path / "k")
    cli("bundle", "sign", bundle, "--key", tmp_path / "k", "--out", tmp_path / "s.emo")
    outcome = cli("inspect", bundle, "--diff", tmp_path / "s.emo")
    assert (outcome.code, "not signed" in outcome.out, "Manifest" in outcome.out) == (1, True, False)


@pytest.mark.parametrize("order", [0, 1])
def test_a_broken_bundle_on_either_side_is_one_line(cli, bundle: Path, tmp_path: Path, order: int):
    broken = tmp_path / "broken.emo"
    broken.write_bytes(bundle.read_bytes()[:-1])
    pair = [bundle, broken][:: 1 - 2 * order]
    outcome = cli("inspect", pair[0], "--diff", pair[1])
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (4, "", 1)
    assert "broken.emo" in outcome.err


def test_card_and_diff_together_make_no_sense(cli, bundle: Path):
    assert cli("inspect", bundle, "--diff", bundle, "--card").code == 2


def test_no_manifest_moves_the_cursor(cli, bundle: Path, tmp_path: Path):
    hostile = "\x1b[2J\x1b]0;owned\x07\u202e verified\nsignature  checked"
    other = changed(bundle, tmp_path / "b.emo", name=hostile, training__recipe=hostile)
    for outcome in (cli("inspect", other), cli("inspect", bundle, "--diff", other)):
        assert not set(outcome.out) & set("\x1b\x07\u202e")
        assert not [line for line in outcome.out.splitlines() if line.startswith("signature  checked")]


def test_no_error_moves_the_cursor(cli, bundle: Path, tmp_path: Path):
    other = changed(bundle, tmp_path / "b.emo", **{"novelty\x1b[2J\n": 1})
    outcome = cli("inspect", other)
    assert (outcome.code, outcome.err.count("\n"), "\x1b" in outcome.err) == (4, 1, False)
