"""The benchmark of a bundle with files of one hop: what a running session computes, beside the whole window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.cli import benchmark, main
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_engine, open_model
from edge_emotion.engines.streaming import StreamingEngine
from edge_emotion.profiling.inputs import hop_windows, make_inputs
from edge_emotion.profiling.plan import Plan
from edge_emotion.types import FloatArray
from edge_emotion_export.export import export_run
from edge_emotion_export.recipes import Order, Recipe
from edge_emotion_train.runs.record import Run

FLOAT = ("--engine", "onnxruntime", "--precision", "float32")


@pytest.fixture(scope="module")
def bundle(streaming_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Float alone: no gate has to be passed."""
    path = Path(tmp_path_factory.mktemp("out")) / "streaming.emo"
    order = Order(formats=("onnx",), recipe=Recipe.FLOAT32, name="streaming", version="1.0.0")
    export_run(streaming_run, order, path, lambda _: None)
    return load_bundle(path)


class Counting:
    """A file of one hop, and how often it was run."""

    def __init__(self, bundle: Bundle) -> None:
        assert bundle.manifest.streaming is not None
        (file,) = bundle.manifest.streaming.model_files
        self.engine: Engine = open_model(bundle.read(file.path), file, bundle.manifest.streaming.inputs)
        self.name, self.precision, self.runs = self.engine.name, self.engine.precision, 0

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        self.runs += 1
        return self.engine.run(inputs)


def test_each_timed_call_is_one_hop_for_ever(bundle: Bundle) -> None:
    spec = bundle.manifest.streaming
    assert spec is not None
    turns = hop_windows(make_inputs(bundle).windows[0], spec)
    counting = Counting(bundle)
    engine = StreamingEngine(counting, spec, bundle.manifest.inputs)
    engine.run(turns[0])
    assert counting.runs == spec.columns
    for window in (*turns[1:], *turns):
        engine.run(window)
    assert counting.runs == spec.columns + 2 * len(turns) - 1


def test_what_is_timed_is_what_the_whole_window_says(bundle: Bundle) -> None:
    spec = bundle.manifest.streaming
    assert spec is not None
    (file,) = bundle.manifest.model_files
    whole = open_model(bundle.read(file.path), file, bundle.manifest.inputs)
    hops = open_engine(bundle, "onnxruntime", "float32")
    for window in hop_windows(make_inputs(bundle).windows[2], spec)[:20]:
        told, truth = hops.run(window)["logits"], whole.run(window)["logits"]
        np.testing.assert_allclose(told, truth, rtol=0, atol=1e-5)


def test_the_command_measures_both_forms(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "QUICK", Plan(mode="quick", warm_up=1, runs=3, seconds=0.0, repeats=1))
    command = ["benchmark", str(bundle.path), "--quick", "--json", "--meter", "none", *FLOAT]
    assert main([*command, "--stream", "2"]) == 0
    written = capsys.readouterr().out
    result = json.loads(written)
    keys = ("model", "report")
    both = {(what, form) for what in keys for form in ("window", "hop")}
    assert {(c["what"], c["form"]) for c in result["cells"]} == both
    assert result["stream"]["form"] == "hop"
    (point,) = result["roofline"]["points"]
    assert point["key"] == "model.onnxruntime-float32"
    kept, page = tmp_path / "kept.json", tmp_path / "page.html"
    kept.write_text(written)
    floor = "report.onnxruntime-float32-hop.p99_ms=10000"
    assert main(["benchmark", "--result", str(kept), "--html", str(page), "--floor", floor]) == 0
    shown = capsys.readouterr().out
    for text in (shown, page.read_text(encoding="utf-8")):
        assert "model.onnxruntime-float32-hop" in text
        assert "onnxruntime float32, hop by hop" in text
