"""A streaming network from run to reports: one hop after the other is the whole window, in every file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import ecg_mv, eda_us, interleaved, packets

from edge_emotion.bundle.manifest import EngineName, ModelFile, Precision
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_engine, open_model
from edge_emotion.engines.streaming import StreamingEngine
from edge_emotion.errors import EngineError, UsageError
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.types import FloatArray, Modality, Report
from edge_emotion_export.artefact import Row
from edge_emotion_export.calibration import rows_of
from edge_emotion_export.export import export_run
from edge_emotion_export.recipes import Order, Recipe
from edge_emotion_train.recipe import load_recipe
from edge_emotion_train.runs.record import Run

ENGINES: tuple[EngineName, ...] = get_args(EngineName)
PRECISIONS: tuple[Precision, ...] = ("float32", "int8")
BOTH = (Modality.ECG, Modality.EDA)
ECG, EDA = ecg_mv(160.0), eda_us(160.0)


@pytest.fixture(scope="module")
def bundle(streaming_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Exported once for this module, through every gate."""
    path = Path(tmp_path_factory.mktemp("out")) / "streaming.emo"
    order = Order(formats=("onnx", "tflite"), recipe=Recipe.STATIC, name="streaming", version="1.0.0")
    export_run(streaming_run, order, path, lambda _: None)
    return load_bundle(path)


def windows(run: Run, first: int = 0, count: int = 60) -> list[Row]:
    return rows_of(run.heldout)[first : first + count]


def whole(bundle: Bundle, engine: EngineName, precision: Precision) -> Engine:
    """The engine of the file that takes whole windows."""
    files = bundle.manifest.model_files
    file = next(f for f in files if f.engine == engine and f.precision == precision)
    return open_model(bundle.read(file.path), file, bundle.manifest.inputs)


def hop_file(bundle: Bundle, engine: EngineName, precision: Precision) -> ModelFile:
    assert bundle.manifest.streaming is not None
    files = bundle.manifest.streaming.model_files
    return next(f for f in files if f.engine == engine and f.precision == precision)


def logits(engine: Engine, rows: list[Row]) -> FloatArray:
    return np.concatenate([engine.run(row)["logits"] for row in rows])


def same(one: Mapping[str, FloatArray], other: Mapping[str, FloatArray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)


@pytest.mark.parametrize("engine", ENGINES)
def test_float_hops_are_the_trained_network(bundle: Bundle, streaming_run: Run, engine: EngineName) -> None:
    rows = windows(streaming_run, 230)  # over the border between two states
    found = logits(open_engine(bundle, engine, "float32"), rows)
    inputs = {n: torch.from_numpy(np.concatenate([r[n] for r in rows])) for n in rows[0]}
    with torch.no_grad():
        truth = streaming_run.model(**inputs)[0].numpy()
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_int8_hops_are_the_int8_window(bundle: Bundle, streaming_run: Run, engine: EngineName) -> None:
    rows = windows(streaming_run, 200, 100)
    found = logits(open_engine(bundle, engine, "int8"), rows)
    truth = logits(whole(bundle, engine, "int8"), rows)
    # Of the logits, as the TFLite file stores them; ranges and with them steps are the same in ONNX.
    step = next(b.scale for b in hop_file(bundle, "litert", "int8").outputs if b.name == "logits")
    assert np.abs(found - truth).max() <= 1.001 * step
    assert np.ptp(truth) > 100 * step


def test_int8_reaches_as_far_in_a_hop_as_in_the_window(bundle: Bundle) -> None:
    files = [f for f in bundle.manifest.model_files if f.precision == "int8"]
    for file in files:
        told = [{b.dtype for b in f.inputs} for f in (file, hop_file(bundle, file.engine, "int8"))]
        assert told[0] == told[1]
    assert len(files) == len(ENGINES)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_what_was_kept_is_what_would_be_made_anew(
    bundle: Bundle, streaming_run: Run, engine: EngineName, precision: Precision
) -> None:
    rows = windows(streaming_run)
    kept = open_engine(bundle, engine, precision)
    for row in rows[:-1]:
        kept.run(row)
    assert same(kept.run(rows[-1]), open_engine(bundle, engine, precision).run(rows[-1]))


class Counting:
    """A real engine that knows how often it ran."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.precision, self.calls = engine.name, engine.precision, 0
        self._engine = engine

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        self.calls += 1
        return self._engine.run(inputs)


@pytest.fixture
def counted(bundle: Bundle) -> tuple[Counting, StreamingEngine]:
    spec = bundle.manifest.streaming
    assert spec is not None
    file = hop_file(bundle, "litert", "float32")
    counting = Counting(open_model(bundle.read(file.path), file, spec.inputs))
    return counting, StreamingEngine(counting, spec, bundle.manifest.inputs)


def test_a_report_costs_the_hops_since_the_last(
    counted: tuple[Counting, StreamingEngine], streaming_run: Run
) -> None:
    counting, engine = counted
    rows, calls = windows(streaming_run), []
    for index in (0, 1, 2, 5, 10, 11):
        counting.calls = 0
        engine.run(rows[index])
        calls.append(counting.calls)
    assert calls == [51, 1, 1, 3, 5, 1]


def test_anything_else_makes_all_columns_anew(
    bundle: Bundle, counted: tuple[Counting, StreamingEngine], streaming_run: Run
) -> None:
    counting, engine = counted
    first, second = windows(streaming_run, 0, 2)
    gone = {n: v * 0 if n.startswith("eda") else v for n, v in second.items()}
    gone["present"] = np.array([[1, 0]], np.float32)
    moved = {n: v + 0.25 if n == "cardiac" else v for n, v in second.items()}
    for other in (gone, moved):
        engine.run(first)
        counting.calls = 0
        assert same(engine.run(other), open_engine(bundle, "litert", "float32").run(other))
        assert counting.calls == 51


def test_a_failed_hop_leaves_nothing_half_done(
    bundle: Bundle, counted: tuple[Counting, StreamingEngine], streaming_run: Run
) -> None:
    _, engine = counted
    first, second = windows(streaming_run, 0, 2)
    engine.run(first)
    broken = {n: np.full_like(v, np.nan) if n == "eda" else v for n, v in second.items()}
    with pytest.raises(EngineError, match="not finite"):
        engine.run(broken)
    assert same(engine.run(second), open_engine(bundle, "litert", "float32").run(second))


def test_a_window_that_is_none_is_refused(
    counted: tuple[Counting, StreamingEngine], streaming_run: Run
) -> None:
    row = windows(streaming_run, 0, 1)[0]
    with pytest.raises(EngineError, match="'eda' is missing"):
        counted[1].run({n: v for n, v in row.items() if n != "eda"})
    with pytest.raises(EngineError, match="'present' is missing"):
        counted[1].run({n: v for n, v in row.items() if n != "present"})
    with pytest.raises(EngineError, match="has the shape"):
        counted[1].run({**row, "eda": row["eda"][..., 1:]})


def test_the_bundle_proves_its_hops(bundle: Bundle) -> None:
    spec = bundle.manifest.streaming
    assert spec is not None
    assert [p.path for p in spec.fidelity] == ["hop.onnx", "hop.int8.onnx", "hop.tflite", "hop.int8.tflite"]
    assert min(p.label_agreement for p in spec.fidelity) >= 0.99
    assert "hop.int8.onnx" in bundle.read("MODEL_CARD.md").decode()


def reports(pipeline: Pipeline, ecg: list[int], eda: list[int]) -> list[Report]:
    pipeline.reset()
    items = interleaved(packets(Modality.ECG, ECG, 130.0, ecg), packets(Modality.EDA, EDA, 4.0, eda))
    found = [e for item in items for e in pipeline.push(item) if isinstance(e, Report)]
    return [replace(report, latency_ms={}) for report in found]


@pytest.fixture(scope="module")
def pipeline(bundle: Bundle) -> Pipeline:
    return Pipeline(bundle.manifest, open_engine(bundle, "litert", "int8"), BOTH)


@settings(max_examples=6, deadline=None)
@given(
    ecg=st.lists(st.integers(20, 900), min_size=1, max_size=4),
    eda=st.lists(st.integers(1, 40), min_size=1, max_size=4),
)
def test_packets_change_no_report(pipeline: Pipeline, ecg: list[int], eda: list[int]) -> None:
    found, known = reports(pipeline, ecg, eda), {r.end_ns: r for r in reports(pipeline, [73], [1])}
    assert sum(bool(r.probabilities) for r in found) > 30
    assert all(repr(report) == repr(known[report.end_ns]) for report in found)


def test_wearers_share_a_file_and_no_columns(bundle: Bundle, pipeline: Pipeline) -> None:
    engine = open_engine(bundle, "litert", "int8")
    one, other = (Pipeline(bundle.manifest, engine, BOTH) for _ in range(2))
    items = interleaved(packets(Modality.ECG, ECG, 130.0, [73]), packets(Modality.EDA, EDA, 4.0, [1]))
    both = [(e, o) for i in items for e, o in zip(one.push(i), other.push(i), strict=True)]
    said = [replace(e, latency_ms={}) for e, _ in both if isinstance(e, Report)]
    assert [repr(r) for r in said] == [repr(r) for r in reports(pipeline, [73], [1])]


def test_fine_tuning_for_int8_is_refused(streaming_run: Run, tmp_path: Path) -> None:
    order = Order(formats=("onnx",), recipe=Recipe.QAT, name="streaming", version="1.0.0")
    learning = load_recipe("stress-streaming").training
    with pytest.raises(UsageError, match="static-int8"):
        export_run(streaming_run, order, tmp_path / "x.emo", lambda _: None, settings=learning)
