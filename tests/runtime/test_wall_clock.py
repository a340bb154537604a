"""The wall clock may jump by an hour, back or forth: nothing that is said depends on it."""

from __future__ import annotations

import asyncio
import itertools
import time
from pathlib import Path

import pytest
from tiny_bundle import write_bundle

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.clock import SystemClock
from edge_emotion.engines.opening import open_engine
from edge_emotion.recording.attaching import PatientRecordedSource, RecordingSink
from edge_emotion.recording.reading import surveyed
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.writer import About
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import run_session
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.sinks.jsonl import JsonlFileSink
from edge_emotion.sources.simulator import SimulatorSource
from edge_emotion.types import Modality

HOUR_S = 3600


def said(folder: Path, spec: SignalSpec) -> list[bytes]:
    """A recorded session's lines."""
    folder.mkdir()
    bundle = load_bundle(write_bundle(folder / "tiny.emo", spec))
    source = SimulatorSource(simulate(Protocol(phase=(Phase(name="rest", duration_s=90),)), seed=1))
    pipeline = Pipeline(bundle.manifest, open_engine(bundle, precision="float32"), source.modalities)
    about = About(source="x", modalities=(Modality.ECG, Modality.EDA), time_axis="recording")
    recorder = Recorder(folder / "log", about)
    sinks = [RecordingSink(recorder, lambda stopped: None), JsonlFileSink(folder / "said")]
    asyncio.run(run_session(PatientRecordedSource(source, recorder), pipeline, sinks, SystemClock()))
    assert surveyed(folder / "log").whole
    lines = (folder / "said").read_bytes().splitlines()
    return [line.partition(b'"latency_ms"')[0] for line in lines]  # how long it took is the machine's


def test_an_hour_to_and_fro_changes_nothing(
    signal_spec: SignalSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    steady = said(tmp_path / "steady", signal_spec)
    real, jumps = time.time, itertools.cycle((0, HOUR_S, -HOUR_S))
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: round((real() + next(jumps)) * 1e9))
    assert said(tmp_path / "jumping", signal_spec) == steady
    assert sum(b'"report"' in line for line in steady) == 18
