"""Two views of every channel, and a reference that freezes."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.runtime.normalise import NormalisedWindow, Normaliser
from edge_emotion.runtime.views import compressed
from edge_emotion.signals.features import EDA_FEATURES
from edge_emotion.types import NS_PER_S, Calibration, Modality, Quality, Role, Window

SPEC = NormalisationSpec(
    reference_s=120.0,
    minimum_good_share=0.5,
    prior_windows=1.0,
    limit=4.0,
    scaling=(
        ChannelScaling(tensor="cardiac_features", mean=(70.0,), scale=(10.0,), within_scale=(5.0,)),
        ChannelScaling(tensor="eda", mean=(2.0,), scale=(2.0,), within_scale=(1.0,)),
    ),
)


def window(
    index: int, heart_rate: float, cardiac: float = 1.0, eda: float = 1.0, complete: bool = True
) -> Window:
    end_ns = (60 + 10 * index) * NS_PER_S
    return Window(
        start_ns=end_ns - 60 * NS_PER_S,
        end_ns=end_ns,
        tensors={
            "cardiac_features": np.array([heart_rate], np.float32),
            "eda": np.full((1, 4), 3.0, np.float32),
            "eda_features": np.zeros(
                len(EDA_FEATURES), np.float32
            ),  # not scaled here; the judge of rest looks at them
        },
        quality=(Quality(role=Role.CARDIAC, index=cardiac), Quality(role=Role.EDA, index=eda)),
        complete=complete,
    )


def run(heart_rates: list[float], spec: NormalisationSpec = SPEC, **kw: float) -> list[NormalisedWindow]:
    normaliser = Normaliser(spec, minimum_quality=0.5)
    return [normaliser.push(window(i, hr, **kw)) for i, hr in enumerate(heart_rates)]


def test_population_view_needs_no_history() -> None:
    assert run([80.0])[0].inputs["cardiac_features"][0] == pytest.approx(1.0)


def test_reference_is_ready_when_the_rest_has_lasted() -> None:
    assert [n.reference_ready for n in run([60.0] * 9)] == [False] * 6 + [True] * 3


def test_reference_view_compares_with_the_wearer_and_then_freezes() -> None:
    got = run([60.0] * 7 + [70.0] * 50)
    expected = 10 / np.sqrt(25 / 8)  # 7 windows without spread, one prior window with a spread of 5
    assert got[7].inputs["cardiac_features"][1] == pytest.approx(min(4.0, expected))
    np.testing.assert_array_equal(got[7].inputs["cardiac_features"], got[-1].inputs["cardiac_features"])


def test_a_bad_role_is_absent_and_all_zero() -> None:
    got = run([80.0] * 8, cardiac=0.2)[-1]
    assert got.inputs["present"].tolist() == [0.0, 1.0]
    assert not got.inputs["cardiac_features"].any()
    assert got.reference_ready


def test_a_bad_rest_is_prolonged_until_it_is_good() -> None:
    normaliser = Normaliser(SPEC, minimum_quality=0.5)
    bad = [normaliser.push(window(i, 60.0, cardiac=0.0, eda=0.0)) for i in range(20)]
    good = [normaliser.push(window(20 + i, 60.0)) for i in range(8)]
    assert not any(n.reference_ready for n in bad)
    assert [n.reference_ready for n in good].index(True) == 3


def test_values_at_the_limit_are_counted() -> None:
    assert run([500.0])[0].clipped_share == pytest.approx(1 / 5)


def test_an_incomplete_window_takes_no_part() -> None:
    normaliser = Normaliser(SPEC, minimum_quality=0.5)
    assert not normaliser.push(window(0, 60.0, complete=False)).inputs["present"].any()


def test_reset_forgets_the_wearer() -> None:
    normaliser = Normaliser(SPEC, minimum_quality=0.5)
    first = [normaliser.push(window(i, 60.0 + i)).inputs["cardiac_features"] for i in range(9)]
    normaliser.reset()
    again = [normaliser.push(window(i, 60.0 + i)).inputs["cardiac_features"] for i in range(9)]
    np.testing.assert_array_equal(first, again)


def test_compression_is_linear_below_its_knee_and_a_logarithm_above() -> None:
    scaling = ChannelScaling(
        tensor="eda", mean=(0.0, 0.0), scale=(1.0, 1.0), within_scale=(1.0, 1.0), compression=(0.0, 0.05)
    )
    tensor = np.array([[19.0, -2.0], [0.001, 500.0]], np.float32)
    got = compressed(tensor, scaling)
    np.testing.assert_allclose(got, [[19.0, -2.0], [0.02, np.log(2 * 500.0 / 0.05)]], rtol=1e-3)


DOES_WITHOUT = msgspec.structs.replace(SPEC, without_reference="population")
BAD_REST = [150.0] * 7


def test_a_good_rest_says_so() -> None:
    assert [n.calibration for n in run([60.0] * 8)][5:] == [
        Calibration.COLLECTING,
        Calibration.SESSION,
        Calibration.SESSION,
    ]


def test_what_was_no_rest_leaves_the_reference_view_empty() -> None:
    last = run([*BAD_REST, 70.0], DOES_WITHOUT)[-1]
    assert (last.reference_ready, last.calibration) == (True, Calibration.UNCALIBRATED)
    assert last.inputs["cardiac_features"].tolist() == [0.0, 0.0]  # 70 bpm is the population's mean
    assert last.inputs["eda"][0].all()
    assert not last.inputs["eda"][1].any()


def test_a_bundle_that_cannot_do_without_takes_any_rest_and_doubts_it() -> None:
    last = run([*BAD_REST, 70.0])[-1]
    assert last.calibration is Calibration.DOUBTFUL
    assert last.inputs["cardiac_features"][1] != 0


def test_a_bundle_that_can_do_without_waits_twice_as_long_for_good_signals_then_gives_up() -> None:
    got = run([60.0] * 20, DOES_WITHOUT, cardiac=0.0)
    assert all(n.reference_ready for n in got[6:])  # skin conductance alone takes part
    normaliser = Normaliser(DOES_WITHOUT, minimum_quality=0.5)
    for i in range(19):
        normaliser.push(window(i, 60.0, cardiac=0.0))
    assert normaliser.push(window(19, 60.0)).calibration is Calibration.UNCALIBRATED
    assert set(normaliser.reference_verdicts) == {Role.CARDIAC, Role.EDA}


def test_a_stored_reference_is_there_from_the_first_window() -> None:
    first = Normaliser(SPEC, minimum_quality=0.5)
    for i in range(7):
        first.push(window(i, 60.0 + i % 3))
    stored = first.references((Modality.ECG, Modality.EDA))
    assert [r.windows for r in stored] == [7, 7]
    second = Normaliser(SPEC, 0.5, stored)
    got = second.push(window(0, 80.0))
    assert (got.reference_ready, got.calibration) == (True, Calibration.STORED)
    for name, values in first.push(window(7, 80.0)).inputs.items():
        np.testing.assert_array_equal(values, got.inputs[name])
    second.reset()
    assert second.push(window(0, 80.0)).calibration is Calibration.STORED


def test_a_signal_that_the_stored_reference_does_not_know_is_uncalibrated_at_once() -> None:
    first = Normaliser(DOES_WITHOUT, minimum_quality=0.5)
    for i in range(7):
        first.push(window(i, 60.0))
    got = Normaliser(DOES_WITHOUT, 0.5, first.references((Modality.ECG,))).push(window(0, 80.0))
    assert (got.reference_ready, got.calibration) == (True, Calibration.UNCALIBRATED)
    assert got.inputs["cardiac_features"][1] != 0
    assert not got.inputs["eda"][1].any()
