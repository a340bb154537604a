"""Which engine is opened, and what is said when none can be."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import InputSpec, Manifest, ModelFile, Precision
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines import opening
from edge_emotion.engines.litert import PACKAGES as LITERT_PACKAGES
from edge_emotion.engines.litert import LitertEngine
from edge_emotion.engines.opening import EngineChoice, installed_engines, open_engine
from edge_emotion.errors import BundleError, EngineError, MissingExtraError


@pytest.fixture
def bundle(model: bytes, file: ModelFile, inputs: tuple[InputSpec, ...]) -> Bundle:
    tflite = msgspec.structs.replace(file, path="model.tflite", engine="litert")
    parts: dict[str, object] = dict.fromkeys(Manifest.__struct_fields__)
    manifest = Manifest(**parts | {"inputs": inputs, "model_files": (file, tflite)})  # type: ignore[arg-type]
    members = {"model.onnx": model, "model.tflite": b"no model"}
    return Bundle(manifest=manifest, path=Path("tiny.emo"), sha256="", members=members)


def test_auto_takes_litert_first() -> None:
    engine = open_engine(load_bundle(default_bundle_path()))
    assert (engine.name, engine.precision) == ("litert", "int8")


def test_auto_takes_what_the_bundle_holds(bundle: Bundle, file: ModelFile) -> None:
    alone = replace(bundle, manifest=msgspec.structs.replace(bundle.manifest, model_files=(file,)))
    engine = open_engine(alone, "auto", "float32")
    assert (engine.name, engine.precision) == ("onnxruntime", "float32")


@pytest.mark.parametrize(
    ("engine", "precision", "message"),
    [
        ("auto", "int8", "holds no int8 model; it holds: onnxruntime float32, litert float32"),
        ("litert", "int8", "holds no litert int8 model"),
    ],
)
def test_absent_precision_lists_what_there_is(
    bundle: Bundle, engine: EngineChoice, precision: Precision, message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        open_engine(bundle, engine, precision)


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None if name in packages else find_spec(name))


def test_auto_falls_back_to_litert(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "onnxruntime")
    with pytest.raises(EngineError, match=r"LiteRT cannot load model\.tflite"):
        open_engine(bundle, "auto", "float32")


@pytest.mark.parametrize(
    ("engine", "package", "extra"),
    [
        ("auto", "ai-edge-litert", "litert"),
        ("litert", "ai-edge-litert", "litert"),
        ("onnxruntime", "onnxruntime", "onnxruntime"),
    ],
)
def test_no_engine_names_the_extra(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, engine: EngineChoice, package: str, extra: str
) -> None:
    without(monkeypatch, "onnxruntime", *LITERT_PACKAGES)
    assert installed_engines() == ()
    told = rf"tiny\.emo needs {package}, which is not installed; run: pip install 'edge-emotion\[{extra}\]'"
    with pytest.raises(MissingExtraError, match=told):
        open_engine(bundle, engine, "float32")


@pytest.mark.parametrize(
    ("held", "absent", "extra"),
    [("onnxruntime", ("onnxruntime",), "onnxruntime"), ("litert", LITERT_PACKAGES, "litert")],
)
def test_a_bundle_for_the_engine_that_is_not_there_names_its_extra(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, held: str, absent: tuple[str, ...], extra: str
) -> None:
    files = tuple(f for f in bundle.manifest.model_files if f.engine == held)
    alone = replace(bundle, manifest=msgspec.structs.replace(bundle.manifest, model_files=files))
    without(monkeypatch, *absent)
    assert len(installed_engines()) == 1
    with pytest.raises(MissingExtraError, match=rf"edge-emotion\[{extra}\]") as caught:
        open_engine(alone, "auto", "float32")
    assert caught.value.exit_code == 3


def test_garbage_is_refused_by_litert_in_one_line(
    file: ModelFile, inputs: tuple[InputSpec, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineError, match=r"LiteRT cannot load model\.onnx") as caught:
        LitertEngine(b"garbage" * 100, file, inputs)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().out == ""
