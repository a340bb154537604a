"""Samples to reports, with a real engine under it: when it speaks, when it is silent, and that packets do not matter."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signals import interleaved, packets
from tiny_bundle import write_bundle

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.clock import ScaledClock
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.types import Abstention, Modality, Report, Samples

BOTH = (Modality.ECG, Modality.EDA)
CALM = Phase(name="rest", duration_s=150, heart_rate_bpm=66, rmssd_ms=45, scr_per_min=2)
TENSE = Phase(name="stress", duration_s=90, heart_rate_bpm=98, rmssd_ms=22, scr_per_min=10, tonic_rise=0.8)
SESSION = simulate(Protocol(phase=(CALM, TENSE)), seed=3)
ECG, EDA = SESSION.ecg_mv, SESSION.eda_us


@pytest.fixture(scope="module")
def pipeline(signal_spec: SignalSpec, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    bundle = load_bundle(write_bundle(Path(tmp_path_factory.mktemp("bundle")) / "tiny.emo", signal_spec))
    return Pipeline(bundle.manifest, open_engine(bundle, precision="float32"), BOTH)


def feed(pipeline: Pipeline, items: list[Samples]) -> list[Report]:
    """Reports of a fresh session; the latency, which no two runs share, is left out."""
    pipeline.reset()
    found = [e for item in items for e in pipeline.push(item) if isinstance(e, Report)]
    return [replace(report, latency_ms={}) for report in found]


def session(
    sizes: tuple[list[int], list[int]] = ([73], [5]), ecg: np.ndarray = ECG, eda: np.ndarray = EDA
) -> list[Samples]:
    return interleaved(
        packets(Modality.ECG, ecg, SESSION.ecg_rate_hz, sizes[0]),
        packets(Modality.EDA, eda, SESSION.eda_rate_hz, sizes[1]),
    )


def at(reports: list[Report], second: int) -> Report:
    return next(r for r in reports if r.end_ns == second * 1_000_000_000)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(20, 900), min_size=1, max_size=5),
    st.lists(st.integers(5, 120), min_size=1, max_size=5),
)
def test_any_packetisation_gives_the_same_reports(pipeline: Pipeline, ecg: list[int], eda: list[int]) -> None:
    assert repr(feed(pipeline, session((ecg, eda)))) == repr(feed(pipeline, session()))


def test_it_warms_up_then_learns_the_rest_then_speaks(pipeline: Pipeline) -> None:
    reports = feed(pipeline, session())
    assert at(reports, 30).abstention is Abstention.WARMING_UP
    assert at(reports, 60).abstention in (Abstention.COLLECTING_REFERENCE, None)
    assert at(reports, 150).label == "rest"
    assert at(reports, 235).label == "stress"


def test_a_report_has_a_label_or_a_reason_never_both(pipeline: Pipeline) -> None:
    for report in feed(pipeline, session()):
        assert (report.label is None) != (report.abstention is None)
        if report.probabilities:
            assert sum(report.probabilities.values()) == pytest.approx(1.0)
        if report.label is not None:
            assert report.probabilities[report.label] >= 0.6


def test_both_sensors_off_ends_in_silence(pipeline: Pipeline) -> None:
    ecg, eda = ECG.copy(), EDA.copy()
    ecg[round(170 * SESSION.ecg_rate_hz) :] = 0.0
    eda[round(170 * SESSION.eda_rate_hz) :] = 0.0
    assert at(feed(pipeline, session(ecg=ecg, eda=eda)), 235).label is None


def test_one_sensor_off_leaves_the_other_in_charge(pipeline: Pipeline) -> None:
    ecg = ECG.copy()
    ecg[round(155 * SESSION.ecg_rate_hz) :] = 0.0
    late = at(feed(pipeline, session(ecg=ecg)), 235)
    assert math.isnan(late.heart_rate_bpm)
    assert late.probabilities


def test_reports_carry_physiology_in_units(pipeline: Pipeline) -> None:
    report = at(feed(pipeline, session()), 140)
    truth = 60_000 / SESSION.rr_ms[(SESSION.beat_time_s[1:] > 80) & (SESSION.beat_time_s[1:] < 140)]
    assert report.heart_rate_bpm == pytest.approx(float(truth.mean()), abs=1)
    assert report.eda_us == pytest.approx(float(EDA[: 140 * 15].mean()), rel=0.2)


def test_too_few_beats_have_no_heart_rate(pipeline: Pipeline) -> None:
    assert math.isnan(at(feed(pipeline, session()), 5).heart_rate_bpm)


def test_a_clock_tells_the_age_of_the_data(pipeline: Pipeline) -> None:
    clock = ScaledClock(1.0)
    aged = Pipeline(pipeline.manifest, pipeline._engine, BOTH, clock=clock)
    late_ns = clock.monotonic_ns() - 20_000_000_000
    ecg = Samples(modality=Modality.ECG, time_ns=late_ns, rate_hz=130.0, values=np.zeros(1300, np.float32))
    eda = Samples(modality=Modality.EDA, time_ns=late_ns, rate_hz=4.0, values=np.ones(40, np.float32))
    reports = [e for item in (ecg, eda) for e in aged.push(item) if isinstance(e, Report)]
    assert all(10_000 <= r.data_age_ms < 60_000 for r in reports)
    assert reports
