"""The guard of instruction counts says what moved."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from instructions import TOLERANCE, moved

BEFORE = {"per_inference": {"litert-int8": 1_000_000, "onnxruntime-int8": 500}, "calls": 20, "arm64": None}


@pytest.mark.parametrize("change", [1 + 2 * TOLERANCE, 1 - 2 * TOLERANCE])
def test_what_moved_is_named(change: float) -> None:
    now = {"per_inference": {"litert-int8": 1_000_000 * change, "onnxruntime-int8": 500}}
    (only,) = moved(BEFORE, now)
    assert "per_inference.litert-int8: 1000000 -> " in str(only)


def test_what_stays_within_the_tolerance_is_not() -> None:
    assert moved(BEFORE, {"per_inference": {"litert-int8": 1_000_000 * (1 + TOLERANCE / 2)}}) == []


def test_what_was_not_counted_before_is_not_compared() -> None:
    assert moved(BEFORE, {"arm64": {"cortex-a53": {"per_inference": {"litert-int8": 7}}}}) == []
