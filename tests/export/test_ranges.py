"""Ranges of calibration: a unit that never speaks gets room, everything else is left as it was measured."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion_export.tflite.ranges import NARROWEST, widened


def measured(low: float, high: float) -> dict[str, np.ndarray]:
    return {"min": np.full((1, 1, 1), low, np.float32), "max": np.full((1, 1, 1), high, np.float32)}


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.02), (-3.0, 4.0), (0.5, 0.5), (-0.02, -0.02)])
def test_a_range_that_reaches_far_enough_from_zero_is_kept(low: float, high: float) -> None:
    found = measured(low, high)
    assert widened(found) is found


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (0.0, 1e-6), (-1e-3, -1e-3), (-2e-3, 1e-3)])
def test_a_silent_unit_gets_room(low: float, high: float) -> None:
    found = widened(measured(low, high))
    assert found["min"].item() == np.float32(low)
    assert found["max"].item() - min(found["min"].item(), 0) == pytest.approx(NARROWEST)
    assert found["max"].shape == (1, 1, 1)
