"""int8 to and from physical terms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_emotion.engines.ports import TensorFacts, dequantise, quantise
from edge_emotion.types import FloatArray

INT8 = TensorFacts(shape=(1, 4), dtype="int8", scale=0.05, zero_point=-28)
FLOAT = TensorFacts(shape=(1, 4), dtype="float32", scale=0.0, zero_point=0)


def row(*values: float) -> FloatArray:
    return np.array([values], np.float32)


def test_known_values() -> None:
    raw = quantise(row(0.0, 0.05, -0.1, 1.0), INT8)
    assert raw.dtype == np.int8
    assert raw.tolist() == [[-28, -27, -30, -8]]


@pytest.mark.parametrize(("value", "limit"), [(1e9, 127), (-1e9, -128)])
def test_out_of_range_saturates(value: float, limit: int) -> None:
    assert quantise(row(value), INT8).tolist() == [[limit]]


@given(st.lists(st.floats(-5.0, 7.75, width=32), min_size=1))
def test_round_trip_errs_by_half_a_step_at_most(values: list[float]) -> None:
    given_values = row(*values)
    back = dequantise(quantise(given_values, INT8), INT8)
    assert back.dtype == np.float32
    assert np.abs(back - given_values).max() <= INT8.scale / 2 + 1e-6


def test_float_passes_through() -> None:
    values = row(1.25, -3.0)
    assert dequantise(quantise(values, FLOAT), FLOAT).tolist() == values.tolist()
