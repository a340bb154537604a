"""docs/phone.md as an app's author follows it: its own code, numpy and an engine alone, against the runtime's reports."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from signals import interleaved, packets

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import EngineName, Precision
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.types import NS_PER_S, Beat, Event, Modality, Report, Role, Window

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "phone.md").read_text(encoding="utf-8")
CODE = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
CALM = Phase(name="rest", duration_s=330, heart_rate_bpm=66, rmssd_ms=45, scr_per_min=2)
TENSE = Phase(name="stress", duration_s=60, heart_rate_bpm=90, rmssd_ms=25, scr_per_min=8, tonic_rise=0.6)
SESSION = simulate(Protocol(phase=(CALM, TENSE)), seed=3)
FILES = [("onnxruntime", "float32"), ("onnxruntime", "int8"), ("litert", "float32"), ("litert", "int8")]


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(CODE, "docs/phone.md", "exec"), names)
    return names


def run(engine: EngineName, precision: Precision) -> list[Event]:
    bundle = load_bundle(default_bundle_path())
    pipeline = Pipeline(bundle.manifest, open_engine(bundle, engine, precision), (Modality.ECG, Modality.EDA))
    items = interleaved(
        packets(Modality.ECG, SESSION.ecg_mv, SESSION.ecg_rate_hz, [73]),
        packets(Modality.EDA, SESSION.eda_us, SESSION.eda_rate_hz, [5]),
    )
    return [event for item in items for event in pipeline.push(item)]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return run("onnxruntime", "float32")


@dataclass
class App:
    """What an app does with each window, by the page's functions."""

    page: dict[str, Any]
    manifest: dict[str, Any]
    infer: Callable[[dict[str, Any]], dict[str, Any]]

    def reports(self, events: list[Event]) -> list[tuple[str | None, np.ndarray] | None]:
        """One per window; `None` where nothing may be said."""
        windows = [e for e in events if isinstance(e, Window) and e.complete]
        quality = self.manifest["decision"]["minimum_quality"]
        rest_s = self.manifest["normalisation"]["reference_s"]
        good = [all(q.index >= quality for q in w.quality) for w in windows]
        ends = [(w.end_ns - windows[0].start_ns) / NS_PER_S for w in windows]
        own = [w.tensors for w, fine, end in zip(windows, good, ends, strict=True) if fine and end <= rest_s]
        rest, recent = self.page["rest_of"](self.manifest, own), []
        everybody = [1.0] * len(self.manifest["roles"])
        at_rest = [self._logits(tensors, rest, everybody) for tensors in own]
        threshold = self.page["own_threshold"](self.manifest, at_rest)
        said: list[tuple[str | None, np.ndarray] | None] = []
        for window, end in zip(windows, ends, strict=True):
            present = [float(q.index >= quality) for role in Role for q in window.quality if q.role is role]
            if end < rest_s or not any(present):
                recent = []
                said.append(None)
                continue
            logits = self._logits(window.tensors, rest, present) - threshold
            recent.append(self.page["probabilities_of"](self.manifest, logits))
            said.append(self.page["decide"](self.manifest, recent))
        return said

    def _logits(self, tensors: Any, rest: Any, present: list[float]) -> np.ndarray:
        return self.infer(self.page["model_inputs"](self.manifest, tensors, rest, present))["logits"][0]


@pytest.mark.parametrize(("engine", "precision"), FILES)
def test_the_pages_steps_give_the_runtimes_reports(
    page: dict[str, Any], engine: EngineName, precision: Precision
) -> None:
    events = run(engine, precision)
    manifest, models = page["read_bundle"](default_bundle_path())
    file = next(f for f in manifest["model_files"] if (f["engine"], f["precision"]) == (engine, precision))
    infer = page[f"run_{engine}"]
    app = App(page, manifest, lambda inputs: infer(file, models[file["path"]], inputs))
    complete = {e.end_ns for e in events if isinstance(e, Window) and e.complete}
    reports = [e for e in events if isinstance(e, Report) and e.end_ns in complete]
    compared = 0
    for said, report in zip(app.reports(events), reports, strict=True):
        if report.probabilities:
            assert said is not None
            np.testing.assert_allclose(said[1], list(report.probabilities.values()), atol=1e-5)
            assert said[0] == report.label
            compared += 1
    assert compared >= 15


def test_the_pages_skin_conductance_is_the_chains(page: dict[str, Any], events: list[Event]) -> None:
    manifest, _ = page["read_bundle"](default_bundle_path())
    series = page["skin_conductance"](manifest, SESSION.eda_us, SESSION.eda_rate_hz)
    for window in [e for e in events if isinstance(e, Window)][11::12]:
        found = page["skin_tensor"](manifest, *series, window.start_ns / NS_PER_S)
        np.testing.assert_allclose(found, window.tensors["eda"], atol=1e-4)


def test_the_pages_heart_is_the_chains(page: dict[str, Any], events: list[Event]) -> None:
    manifest, _ = page["read_bundle"](default_bundle_path())
    beats = [e for e in events if isinstance(e, Beat)]
    for window in [e for e in events if isinstance(e, Window)][12::12]:
        since = window.start_ns - 10 * NS_PER_S
        known = [b for b in beats if since <= b.time_ns < window.end_ns and b.decided_ns < window.end_ns]
        times_s = np.array([b.time_ns for b in known]) / NS_PER_S
        intervals_ms = np.array([np.nan if b.rr_ms is None else b.rr_ms for b in known])
        found = page["heart_tensor"](manifest, times_s, intervals_ms, window.start_ns / NS_PER_S)
        np.testing.assert_allclose(found, window.tensors["cardiac"], atol=1e-3)


def test_the_page_needs_numpy_and_an_engine_alone() -> None:
    modules = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name).split(".")[0]
        for node in ast.walk(ast.parse(CODE))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert modules == {"json", "math", "zipfile", "numpy", "ai_edge_litert", "onnxruntime"}
