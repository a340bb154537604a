"""Offset and skew from points that keep coming."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.signals.timing.clock_fit import ClockFit
from edge_emotion.signals.timing.line_fit import LineFit
from edge_emotion.types import NS_PER_S

MS = 1_000_000
DAY_S = 86_400


@pytest.mark.parametrize("skew", [-2e-4, 0.0, 5e-3])
def test_a_line_is_found_exactly_after_a_day(skew: float) -> None:
    line = LineFit(memory_s=300.0, trusted_s=1.0, steepest=0.01)
    for second in range(0, DAY_S, 30):
        line.add(second * NS_PER_S, round(10**18 + second * NS_PER_S * skew))
    assert line.slope == pytest.approx(skew, abs=1e-8)
    assert abs(line.at(DAY_S * NS_PER_S) - round(10**18 + DAY_S * NS_PER_S * skew)) < 2000


def test_the_slope_never_leaves_one_percent() -> None:
    line = LineFit(memory_s=60.0, trusted_s=0.1, steepest=0.01)
    for second in range(60):
        line.add(second * NS_PER_S, second * NS_PER_S)
    assert line.slope == 0.01


def test_a_restart_keeps_the_slope_as_what_is_known() -> None:
    line = LineFit(memory_s=60.0, trusted_s=1.0, steepest=0.01)
    for second in range(600):
        line.add(second * NS_PER_S, round(second * NS_PER_S * 1e-4))
    line.restart()
    line.add(700 * NS_PER_S, 5 * NS_PER_S)
    assert line.slope == pytest.approx(1e-4, rel=0.01)
    assert line.at(701 * NS_PER_S) == pytest.approx(5 * NS_PER_S + 1e5, abs=1e3)


@pytest.mark.parametrize("skew_ppm", [-200, 0, 200])
@pytest.mark.parametrize("step_ms", [0, 300, -300])
def test_one_sided_jitter_drift_and_steps(skew_ppm: int, step_ms: int) -> None:
    random = np.random.default_rng(3)
    fit = ClockFit()
    for packet in range(3000):
        device_ns = packet * 561 * MS
        true_ns = round(device_ns * skew_ppm * 1e-6) + (step_ms * MS if packet > 1500 else 0)
        fit.add(device_ns, true_ns + round(random.exponential(20 * MS)))
    assert fit.skew == pytest.approx(skew_ppm * 1e-6, abs=3e-6)
    assert 0 <= fit.offset_ns(device_ns) - true_ns < 2 * MS
