"""Pulse height, course of the heart rate, and skin conductance by its logarithm."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_emotion.signals.rhythm_features import (
    AMPLITUDE_FEATURES,
    COURSE_FEATURES,
    amplitude_features,
    course_features,
)
from edge_emotion.signals.skin_features import RELATIVE_FEATURES, relative_features
from edge_emotion.types import Scr

GRID_HZ = 4.0


def course(rr_ms: list[float]) -> dict[str, float]:
    rr = np.array(rr_ms)
    rate = 60_000 / rr
    values = course_features(np.cumsum(rr) / 1000, rr, rate, np.sort(rate))
    return dict(zip(COURSE_FEATURES, values, strict=True))


def skin(level_us: np.ndarray, scrs: tuple[Scr, ...] = ()) -> dict[str, float]:
    found = relative_features(level_us, level_us * 0, scrs, GRID_HZ)
    return dict(zip(RELATIVE_FEATURES, found, strict=True))


def test_doubling_the_pulse_moves_its_level_alone() -> None:
    heights = 2.0 + np.sin(np.arange(50))
    once, twice = (
        dict(zip(AMPLITUDE_FEATURES, amplitude_features(k * heights), strict=True)) for k in (1, 2)
    )
    assert twice.pop("log_amplitude") - once.pop("log_amplitude") == pytest.approx(math.log(2))
    assert twice == pytest.approx(once)


def test_a_strap_without_amplitudes_has_unknown_ones() -> None:
    assert all(math.isnan(value) for value in amplitude_features(np.full(60, np.nan)))


def test_breathing_is_fast_and_drift_is_slow() -> None:
    beat = np.arange(70)
    breathing = course((850 + 40 * np.sin(2 * np.pi * beat / 5)).tolist())
    drift = course((850 + 40 * np.sin(2 * np.pi * beat / 70)).tolist())
    assert breathing["log_fast_heart_rate_sd_bpm"] > breathing["log_slow_heart_rate_sd_bpm"] + 1
    assert drift["log_slow_heart_rate_sd_bpm"] > drift["log_fast_heart_rate_sd_bpm"] + 1
    assert drift["rr_lag1_correlation"] > 0.9


def test_a_steady_heart_has_no_entropy() -> None:
    steady = course([810.0] * 60)
    assert steady["rr_entropy_nats"] == pytest.approx(0.0)
    assert steady["rr_lag1_correlation"] == 0.0
    assert course([710.0, 910.0] * 30)["rr_entropy_nats"] == pytest.approx(math.log(2))


def test_skin_slopes_are_per_cent_not_microsiemens() -> None:
    minutes = np.arange(240) / 240
    wrist, finger = (skin(level * np.exp(0.3 * minutes)) for level in (1.0, 10.0))
    assert wrist["log_level_slope_per_min"] == pytest.approx(0.3, rel=0.05)
    assert finger["last_sixth_slope_per_min"] == pytest.approx(wrist["last_sixth_slope_per_min"], rel=0.05)


def test_late_slopes_see_the_end_of_the_window() -> None:
    level = np.concatenate([np.full(200, 2.0), np.linspace(2.0, 3.0, 40)])
    found = skin(level)
    assert found["last_sixth_slope_per_min"] > 3 * found["log_level_slope_per_min"] > 0
    assert found["log_end_over_mean"] > 0.3


def test_large_responses_are_counted() -> None:
    small, large = (
        Scr(onset_ns=0, peak_ns=1, decided_ns=2, amplitude_us=size, rise_time_s=1.5) for size in (0.03, 0.3)
    )
    found = skin(np.full(240, 2.0), (small, large))
    assert found["log_large_scr_count"] == pytest.approx(math.log(2))
    assert found["scr_rise_time_s"] == pytest.approx(1.5)
