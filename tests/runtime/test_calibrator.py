"""A guided rest from samples to a reference: whatever the packets, whoever sits there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signals import interleaved, packets
from tiny_bundle import write_bundle

from edge_emotion.bundle.manifest import Manifest
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.runtime.calibrator import CalibrationOutcome, Calibrator
from edge_emotion.runtime.rest import RestReason
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.simulation.generator import SimulatedRecording, simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.types import Modality, Role, Samples

BOTH = (Modality.ECG, Modality.EDA)
REST_S = 120.0
CALM = simulate(Protocol(phase=(Phase(name="rest", duration_s=150),)), seed=3)
TENSE = simulate(
    Protocol(phase=(Phase(name="stress", duration_s=150, scr_per_min=15, scr_amplitude_us=0.6),)), seed=3
)


@pytest.fixture(scope="module")
def manifest(signal_spec: SignalSpec, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    path = write_bundle(Path(tmp_path_factory.mktemp("bundle")) / "tiny.emo", signal_spec)
    return load_bundle(path).manifest


def session(made: SimulatedRecording, ecg: list[int], eda: list[int]) -> list[Samples]:
    return interleaved(
        packets(Modality.ECG, made.ecg_mv, made.ecg_rate_hz, ecg),
        packets(Modality.EDA, made.eda_us, made.eda_rate_hz, eda),
    )


def rested(manifest: Manifest, items: list[Samples], modalities: tuple[Modality, ...] = BOTH) -> Calibrator:
    calibrator = Calibrator(manifest, modalities, REST_S)
    for item in items:
        calibrator.push(item)
    return calibrator


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(20, 3700), min_size=1, max_size=4),  # within `MAX_SKEW_S` at 130 Hz
    st.lists(st.integers(5, 400), min_size=1, max_size=4),
)
def test_any_packetisation_gives_the_same_reference(
    manifest: Manifest, ecg: list[int], eda: list[int]
) -> None:
    def outcome(items: list[Samples]) -> CalibrationOutcome:
        return rested(manifest, items).outcome()

    assert repr(outcome(session(CALM, ecg, eda))) == repr(outcome(session(CALM, [73], [5])))


def test_a_calm_rest_is_taken_and_no_longer_than_asked_for(manifest: Manifest) -> None:
    calibrator = rested(manifest, session(CALM, [73], [5]))
    outcome = calibrator.outcome()
    assert calibrator.done
    assert outcome.verdict.measures.lasted_s == REST_S
    assert [(r.role, r.modality, r.windows) for r in outcome.roles] == [
        (Role.CARDIAC, Modality.ECG, 13),
        (Role.EDA, Modality.EDA, 13),
    ]


def test_progress_counts_up_to_the_end(manifest: Manifest) -> None:
    calibrator = Calibrator(manifest, BOTH, REST_S)
    progress = [p for item in session(CALM, [73], [5]) for p in calibrator.push(item)]
    elapsed_s = [p.elapsed_s for p in progress]
    assert elapsed_s == sorted(elapsed_s)
    assert elapsed_s[-1] == progress[-1].wanted_s == REST_S
    assert progress[-1].heart_rate_bpm == pytest.approx(75, abs=15)


def test_a_session_that_ends_early_is_too_short(manifest: Manifest) -> None:
    outcome = rested(manifest, session(CALM, [73], [5])[:200]).outcome()
    assert RestReason.TOO_SHORT in outcome.verdict.reasons
    assert outcome.roles == ()


def test_an_agitated_person_is_refused(manifest: Manifest) -> None:
    outcome = rested(manifest, session(TENSE, [73], [5])).outcome()
    assert RestReason.AROUSED in outcome.verdict.reasons
    assert outcome.roles == ()


def test_one_sensor_off_is_named_and_nothing_is_stored(manifest: Manifest) -> None:
    made = session(CALM, [73], [5])
    flat = [
        i
        if i.modality is Modality.ECG
        else Samples(
            modality=i.modality, time_ns=i.time_ns, rate_hz=i.rate_hz, values=np.zeros_like(i.values)
        )
        for i in made
    ]
    outcome = rested(manifest, flat).outcome()
    assert [(f.role, f.reason) for f in outcome.verdict.findings] == [(Role.EDA, RestReason.POOR_SIGNAL)]
    assert outcome.roles == ()


def test_the_heart_alone_is_enough_when_it_is_all_that_was_declared(manifest: Manifest) -> None:
    outcome = rested(manifest, session(CALM, [73], [5]), (Modality.ECG,)).outcome()
    assert outcome.verdict.findings == ()
    assert [r.role for r in outcome.roles] == [Role.CARDIAC]
