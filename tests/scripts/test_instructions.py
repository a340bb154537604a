"""The guard of instruction counts says what moved."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from guard import TOLERANCE, differing, moved

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


def test_other_versions_are_told_and_patches_of_the_interpreter_are_none() -> None:
    engines = {"numpy": "2.4.6", "onnxruntime": "1.31.1", "ai-edge-litert": "2.3.0", "torch": "2.13.0"}
    before = {"python": "3.11.7", "cpu": "one", "packages": engines}
    assert differing(before, {**before, "python": "3.11.9", "packages": {**engines, "torch": "3"}}) == []
    told = differing(before, {**before, "python": "3.13.1", "packages": {**engines, "numpy": "2.5.0"}})
    assert told == ["Python is 3.13, the baseline's was 3.11", "numpy is 2.5.0, the baseline's was 2.4.6"]
    assert differing(before, {**before, "cpu": "another"}) == ["processor is another, the baseline's was one"]
