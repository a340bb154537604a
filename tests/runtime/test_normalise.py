"""Two views of every channel, and a reference that freezes."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.runtime.normalise import NormalisedWindow, Normaliser, compressed
from edge_emotion.types import NS_PER_S, Quality, Role, Window

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
        },
        quality=(Quality(role=Role.CARDIAC, index=cardiac), Quality(role=Role.EDA, index=eda)),
        complete=complete,
    )


def run(heart_rates: list[float], **kw: float) -> list[NormalisedWindow]:
    normaliser = Normaliser(SPEC, minimum_quality=0.5)
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
