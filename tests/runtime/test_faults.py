"""Sensors that are off, broken or swapped: how soon the pipeline falls silent, what it says why, and that it speaks again."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from signals import interleaved, packets
from tiny_bundle import write_bundle

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.types import NS_PER_S, Abstention, FloatArray, Modality, Report
from edge_emotion.types import QualityReason as Why

BEGINS_S, ENDS_S, SESSION_S = 180, 300, 400
SOON_S, WINDOW_S = 20, 60
"""A sensor that gives nothing is found out within four reports; what looks like a signal within a window."""
PERSON = simulate(Protocol(phase=(Phase(name="rest", duration_s=SESSION_S),)), seed=3)
RATES_HZ = {Modality.ECG: round(PERSON.ecg_rate_hz), Modality.EDA: round(PERSON.eda_rate_hz)}
Signals = dict[Modality, FloatArray]


def replaced(make: Callable[[FloatArray], FloatArray], *modalities: Modality) -> Callable[[Signals], Signals]:
    def spoil(during: Signals) -> Signals:
        return {m: make(values) if m in modalities else values for m, values in during.items()}

    return spoil


def not_a_number(values: FloatArray) -> FloatArray:
    return np.full_like(values, np.nan)


def stuck(values: FloatArray) -> FloatArray:
    return np.full_like(values, values[0])


def at_zero(values: FloatArray) -> FloatArray:
    return np.zeros_like(values)


def at_the_rail(values: FloatArray) -> FloatArray:
    return np.full_like(values, 16.0)


def swapped(during: Signals) -> Signals:
    """Each on the other's wire, read at the other's rate."""
    ecg, eda = during[Modality.ECG], during[Modality.EDA]
    return {Modality.ECG: read_at(eda, len(ecg)), Modality.EDA: read_at(ecg, len(eda))}


def read_at(values: FloatArray, count: int) -> FloatArray:
    return np.interp(np.linspace(0, len(values) - 1, count), np.arange(len(values)), values).astype(
        np.float32
    )


@pytest.fixture(scope="module")
def pipeline(signal_spec: SignalSpec, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    bundle = load_bundle(write_bundle(Path(tmp_path_factory.mktemp("bundle")) / "tiny.emo", signal_spec))
    return Pipeline(bundle.manifest, open_engine(bundle, precision="float32"), tuple(RATES_HZ))


def reports(
    pipeline: Pipeline, spoil: Callable[[Signals], Signals], begins_s: int, ends_s: int
) -> list[Report]:
    """A session in which something is wrong for a while."""
    spans = {m: slice(begins_s * rate_hz, ends_s * rate_hz) for m, rate_hz in RATES_HZ.items()}
    signals = {Modality.ECG: PERSON.ecg_mv.copy(), Modality.EDA: PERSON.eda_us.copy()}
    wrong = spoil({m: signals[m][span] for m, span in spans.items()})
    for m, span in spans.items():
        signals[m][span] = wrong[m]
    pipeline.reset()
    parts = [packets(m, signals[m], rate_hz, [rate_hz // 2]) for m, rate_hz in RATES_HZ.items()]
    return [e for item in interleaved(*parts) for e in pipeline.push(item) if isinstance(e, Report)]


def between(found: list[Report], from_s: int, to_s: int) -> list[Report]:
    chosen = [r for r in found if from_s < r.end_ns / NS_PER_S <= to_s]
    assert chosen
    return chosen


@pytest.mark.parametrize(
    ("spoil", "within_s", "says", "cardiac", "eda"),
    [
        (replaced(not_a_number, *RATES_HZ), SOON_S, Abstention.MISSING_SIGNAL, Why.MISSING, Why.MISSING),
        (replaced(stuck, *RATES_HZ), SOON_S, Abstention.POOR_QUALITY, Why.FLAT, Why.FLAT),
        (replaced(at_zero, *RATES_HZ), SOON_S, Abstention.POOR_QUALITY, Why.LEAD_OFF, Why.OUT_OF_RANGE),
        (replaced(at_the_rail, *RATES_HZ), SOON_S, Abstention.POOR_QUALITY, Why.LEAD_OFF, Why.FLAT),
        (swapped, WINDOW_S, Abstention.POOR_QUALITY, Why.NOISY, Why.OUT_OF_RANGE),
    ],
    ids=["not a number", "stuck", "lead off at zero", "lead off at the rail", "swapped"],
)
def test_it_falls_silent_says_why_and_speaks_again(
    pipeline: Pipeline, spoil, within_s: int, says: Abstention, cardiac: Why, eda: Why
):
    found = reports(pipeline, spoil, BEGINS_S, ENDS_S)
    assert between(found, BEGINS_S - 30, BEGINS_S)[-1].label == "rest"
    for report in between(found, BEGINS_S + within_s, ENDS_S):
        assert (report.label, report.abstention) == (None, says)
        told = {quality.role: quality.reasons for quality in report.quality}
        assert cardiac in told["cardiac"]
        assert eda in told["eda"]
    assert between(found, ENDS_S, ENDS_S + WINDOW_S)[-1].label is not None
    assert all(math.isfinite(p) for report in found for p in report.probabilities.values())


@pytest.mark.parametrize("wrong", list(RATES_HZ))
@pytest.mark.parametrize("make", [not_a_number, stuck, at_the_rail])
def test_one_sensor_that_is_wrong_is_named_and_the_other_speaks_on(pipeline: Pipeline, make, wrong: Modality):
    found = reports(pipeline, replaced(make, wrong), BEGINS_S, ENDS_S)
    for report in between(found, BEGINS_S + SOON_S, ENDS_S):
        trusted = {quality.role for quality in report.quality if not quality.reasons}
        assert trusted == {"eda" if wrong is Modality.ECG else "cardiac"}
        assert report.label is not None


def test_sensors_that_were_swapped_from_the_start_never_get_a_label(pipeline: Pipeline):
    assert {r.label for r in reports(pipeline, swapped, 0, SESSION_S)} == {None}
