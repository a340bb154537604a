from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge_emotion.errors import RecordingError
from edge_emotion.signals.bvp.motion import MotionMeter

LENGTHS = st.lists(st.integers(1, 90), min_size=1, max_size=6)


def wrist(length_s: float, rate_hz: float, shaking_g: float) -> np.ndarray:
    """Gravity across all axes; from half of the time on a shake of 3 Hz."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    shake = np.where(t > length_s / 2, shaking_g * np.sqrt(2) * np.sin(2 * np.pi * 3 * t), 0)
    return np.stack([0.6 + shake, np.full_like(t, 0.0), np.full_like(t, 0.8)], axis=1)


@pytest.mark.parametrize("rate_hz", [25.0, 32.0, 50.0, 64.0])
def test_shaking_is_measured_in_g_whatever_the_rate(rate_hz):
    blocks = MotionMeter(rate_hz).push(wrist(20, rate_hz, 0.3))
    still = [b.rms_g for b in blocks if b.last_index < 9 * rate_hz]
    moving = [b.rms_g for b in blocks if b.last_index > 12 * rate_hz]
    assert max(still) < 1e-6
    assert np.mean(moving) == pytest.approx(0.3, rel=0.1)


def test_turning_the_hand_counts_though_the_magnitude_stays():
    angle = np.interp(np.arange(320) / 32, [0, 5, 5.5, 10], [0, 0, np.pi / 2, np.pi / 2])
    turned = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    blocks = MotionMeter(32.0).push(turned)
    assert max(b.rms_g for b in blocks) > 0.3
    assert blocks[-1].rms_g < 0.01


@settings(max_examples=30)
@given(lengths=LENGTHS, hole=st.integers(0, 500))
def test_packets_do_not_change_the_blocks(cut, lengths, hole):
    values = wrist(16, 32.0, 0.1)
    values[hole : hole + 9] = np.nan
    whole = MotionMeter(32.0).push(values)
    split = MotionMeter(32.0)
    assert [b for packet in cut(values, lengths) for b in split.push(packet)] == whole
    assert len(whole) == 64


@given(arrays(np.float32, st.tuples(st.integers(0, 90), st.integers(1, 4))))
def test_garbage_neither_raises_nor_poisons(values):
    meter = MotionMeter(32.0)
    garbage = meter.push(values) + meter.push(wrist(60, 32.0, 0.1)[:, : max(1, values.shape[1])])
    assert np.isfinite([b.rms_g for b in garbage]).all()
    meter.reset()
    assert meter.push(wrist(4, 32.0, 0.1)) == MotionMeter(32.0).push(wrist(4, 32.0, 0.1))


@pytest.mark.parametrize("rate_hz", [0.0, -32.0, 4.0, 5000.0, float("nan"), float("inf")])
def test_a_rate_that_cannot_be_is_refused(rate_hz):
    with pytest.raises(RecordingError, match="allowed: 8 to 1000 Hz"):
        MotionMeter(rate_hz)
