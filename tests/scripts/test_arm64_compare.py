"""The emulated board's comparison sees what it is there for."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "arm64"))

from compare import STEPS, difference, says_something


@pytest.fixture
def trusted() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)


def test_two_steps_are_too_many_and_half_a_step_is_not(trusted: NDArray[np.float32]) -> None:
    step = np.float32(np.ptp(trusted) / STEPS)
    wide = trusted + np.where(trusted == trusted.max(axis=1, keepdims=True), step, 0).astype(np.float32)
    assert difference(wide, trusted).fine(int8=False) is False
    assert difference(trusted + step / 2, trusted).fine(int8=True)
    assert not difference(trusted + 2 * step, trusted).fine(int8=True)


def test_another_label_is_refused_however_near(trusted: NDArray[np.float32]) -> None:
    trusted[0] = [0.0, 1e-6]
    found = trusted.copy()
    found[0] = [1e-6, 0.0]
    assert not difference(found, trusted).fine(int8=True)


def test_windows_of_one_label_prove_nothing(trusted: NDArray[np.float32]) -> None:
    assert says_something({"model.onnx:logits": trusted})
    assert not says_something({"model.onnx:logits": trusted + np.float32([10, 0])})
    assert not says_something({"model.onnx:logits": np.repeat(trusted[:2], 10, axis=0)})
