"""What a report and a second of a wearer are said to cost, over a model of one layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_model
from edge_emotion.profiling.inputs import make_inputs
from edge_emotion.profiling.plan import Plan
from edge_emotion.profiling.pushing import push_sessions
from edge_emotion.runtime.pipeline import Pipeline


def test_cpu_of_a_report_is_its_own_and_the_lead_is_left_out(bundle_path: Path):
    bundle = load_bundle(bundle_path)
    file = bundle.manifest.model_files[0]
    engine = open_model(bundle.read(file.path), file, bundle.manifest.inputs)
    inputs = make_inputs(bundle)
    pipeline = Pipeline(bundle.manifest, engine, inputs.modalities)
    pushed = push_sessions(pipeline, inputs, Plan(mode="quick", warm_up=0, runs=1, seconds=0.0, repeats=1))
    end_s = max(s.end_s for s in inputs.recording.signals)
    # One session was enough, its reports all come after the lead, and other packets cost something too.
    assert pushed.wearer_s == pytest.approx(end_s - inputs.lead_s)
    assert len(pushed.took_ms) == len(pushed.cpu_ms)
    assert 0 < sum(pushed.cpu_ms) < pushed.wearer_cpu_ms
    assert 0 <= len(pushed.cpu_ms) - pushed.wearer_s / bundle.manifest.signals.hop_s <= 1  # both ends count
