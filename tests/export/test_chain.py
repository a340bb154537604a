"""One export of a small run through every step: the files, the proof, the bundle, the command line."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import pytest

from edge_emotion.bundle.manifest import EngineName, ModelFile
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines.litert import LitertEngine
from edge_emotion.engines.opening import open_engine, open_model
from edge_emotion.errors import EngineError
from edge_emotion_export import cli
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.calibration import choose_calibration, digest, rows_of
from edge_emotion_export.ladder import Rung
from edge_emotion_export.onnx.converting import serialise
from edge_emotion_export.onnx.quantising import quantise_onnx
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.packing.embedded import embed, inner_manifest, read_from_onnx, read_from_tflite
from edge_emotion_export.proof.arithmetic import int8_weight_share
from edge_emotion_export.proof.gates import MIN_LABEL_AGREEMENT
from edge_emotion_export.proof.proving import macro_f1
from edge_emotion_export.proof.reference import label_agreement, probabilities_of, reference_of
from edge_emotion_export.tflite.quantising import quantise_tflite
from edge_emotion_train.runs.record import Run

Quantise = Callable[[Artefact, Sequence[Row], Rung], Artefact]

FILES = ("model.onnx", "model.int8.onnx", "model.tflite", "model.int8.tflite")


def command(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture(scope="module")
def exported(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command prints; the whole chain runs once for this module (about 20 s)."""
    out = tmp_path_factory.mktemp("out")
    stdout = io.StringIO()
    with redirect_stdout(stdout):
        assert cli.run(command(str(run_folder), "--int8", "--json", "--out", str(out))) == 0
    facts: dict[str, Any] = json.loads(stdout.getvalue())
    return facts


@pytest.fixture(scope="module")
def bundle(exported: dict[str, Any]) -> Bundle:
    return load_bundle(exported["path"])


def file_of(bundle: Bundle, path: str) -> ModelFile:
    return next(f for f in bundle.manifest.model_files if f.path == path)


def test_json_tells_what_the_bundle_holds(exported: dict[str, Any], bundle: Bundle) -> None:
    assert Path(exported["path"]).name == "stress-fusion-0.1.0.emo"
    assert exported["sha256"] == bundle.sha256
    assert [f["path"] for f in exported["files"]] == list(FILES)
    assert exported["bytes"] < 1_500_000


@pytest.mark.parametrize("path", FILES)
def test_proof_is_what_the_engine_does(bundle: Bundle, run: Run, path: str) -> None:
    file = file_of(bundle, path)
    engine = open_model(bundle.read(path), file, bundle.manifest.inputs)
    found = np.array([engine.run(row)["logits"][0].argmax() for row in rows_of(run.heldout)])
    truth = reference_of(run.model, run.heldout, 1.0).probabilities.argmax(axis=1)
    proof = next(p for p in bundle.manifest.fidelity if p.path == path)
    assert proof.label_agreement == np.mean(found == truth) >= MIN_LABEL_AGREEMENT
    assert proof.macro_f1 == macro_f1(run.heldout.labels, found)
    shares = (proof.int8_weight_share, proof.int8_mac_share)
    assert min(s or 0 for s in shares) > 0.95 if file.precision == "int8" else shares == (0, 0)
    assert proof.worst_person in run.heldout.names()


@pytest.mark.parametrize("path", FILES)
def test_contributions_sum_to_one_and_silence_the_missing(bundle: Bundle, run: Run, path: str) -> None:
    engine = open_model(bundle.read(path), file_of(bundle, path), bundle.manifest.inputs)
    row = dict(rows_of(run.heldout)[0])
    assert engine.run(row)["contributions"].sum() == pytest.approx(1, abs=0.02)
    row |= {n: np.zeros_like(v) for n, v in row.items() if n.startswith("eda")}
    row["present"] = np.array([[1, 0]], np.float32)
    assert engine.run(row)["contributions"][0] == pytest.approx([1, 0], abs=0.02)


def test_each_file_carries_the_manifest(bundle: Bundle) -> None:
    wanted = inner_manifest(bundle.manifest)
    for path in FILES:
        read = read_from_onnx if path.endswith(".onnx") else read_from_tflite
        assert read(bundle.read(path)) == wanted


def test_calibration_is_named_by_its_hash(bundle: Bundle, run: Run) -> None:
    chosen = choose_calibration(run.calibration, run.record.roles)
    assert bundle.manifest.quantization.calibration_sha256 == digest(chosen)
    assert bundle.manifest.quantization.calibration_windows == len(chosen)
    assert bundle.manifest.quantization.name == "static-int8"
    assert "training windows: static" in bundle.manifest.quantization.recipe


@pytest.mark.parametrize("rung", list(Rung))
@pytest.mark.parametrize(
    ("path", "engine", "quantise"),
    [("model.onnx", "onnxruntime", quantise_onnx), ("model.tflite", "litert", quantise_tflite)],
)
def test_every_rung_is_int8_and_the_same_network(
    bundle: Bundle, run: Run, path: str, engine: EngineName, quantise: Quantise, rung: Rung
) -> None:
    rows = rows_of(run.calibration)
    source = Artefact(engine=engine, precision="float32", content=bundle.read(path))
    artefact = quantise(source, rows[:64], rung)
    opened = open_model(artefact.content, describe(artefact, rows[0]), bundle.manifest.inputs)
    reference = reference_of(run.model, run.calibration, 1.0)
    found = probabilities_of(opened, reference)
    assert int8_weight_share(artefact) > 0.99  # a constant row of zeros may stay float
    assert label_agreement(found, reference.probabilities) > 0.97
    assert np.abs(found - reference.probabilities).mean() < 0.01


def test_no_path_of_the_author_is_left(bundle: Bundle, run_folder: Path) -> None:
    for path in FILES:
        content = bundle.read(path)
        assert b"site-packages" not in content
        assert str(run_folder.parent).encode() not in content
        assert str(Path.home()).encode() + b"/" not in content


def test_runtime_opens_either_engine(bundle: Bundle) -> None:
    assert open_engine(bundle).name == "litert"
    assert open_engine(bundle, "litert", "float32").precision == "float32"


def test_litert_reports_nothing_on_the_screen(bundle: Bundle, capfd: pytest.CaptureFixture[str]) -> None:
    open_engine(bundle, "litert", "int8")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("changed", [{"scale": 0.123}, {"zero_point": 7}])
def test_other_quantisation_than_the_manifest_says_is_refused(
    bundle: Bundle, changed: dict[str, Any]
) -> None:
    file = file_of(bundle, "model.int8.tflite")
    spoilt = (msgspec.structs.replace(file.inputs[0], **changed), *file.inputs[1:])
    with pytest.raises(EngineError, match="the manifest says int8"):
        LitertEngine(
            bundle.read(file.path), msgspec.structs.replace(file, inputs=spoilt), bundle.manifest.inputs
        )


def test_card_holds_what_the_law_and_the_licences_ask(bundle: Bundle) -> None:
    card = bundle.read("MODEL_CARD.md").decode()
    for wanted in (
        "Not a medical device",
        "Article 5(1)(f)",
        "Copyright (c) 2022 Talha Iqbal",
        "model.int8.tflite",
    ):
        assert wanted in card


def test_float_export_again_gives_the_same_network(bundle: Bundle, run_folder: Path, tmp_path: Path) -> None:
    assert cli.run(command(str(run_folder), "--formats", "onnx", "--out", str(tmp_path / "own.emo"))) == 0
    again = load_bundle(tmp_path / "own.emo")
    assert [f.path for f in again.manifest.model_files] == ["model.onnx"]
    first, second = (onnx.load_from_string(b.read("model.onnx")) for b in (bundle, again))
    for model in (first, second):
        del model.metadata_props[:]  # the manifests differ: one bundle has no int8
    assert serialise(first) == serialise(second)


@pytest.mark.parametrize(
    ("path", "engine", "quantise"),
    [("model.onnx", "onnxruntime", quantise_onnx), ("model.tflite", "litert", quantise_tflite)],
)
def test_int8_made_again_is_the_same_file(
    bundle: Bundle, run: Run, path: str, engine: EngineName, quantise: Quantise
) -> None:
    rows = rows_of(run.calibration)[:64]
    source = Artefact(engine=engine, precision="float32", content=bundle.read(path))
    first, second = (embed(quantise(source, rows, Rung.STATIC), bundle.manifest) for _ in range(2))
    assert first.content == second.content
