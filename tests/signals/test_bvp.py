from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_emotion.signals.bvp.detector import BvpBeatDetector
from edge_emotion.signals.spec import SignalSpec

LENGTHS = st.lists(st.integers(1, 90), min_size=1, max_size=6)
GARBAGE = st.lists(st.floats(width=32) | st.just(0.0) | st.floats(-2, 2), max_size=500)


def bvp(rate_hz: float, beats_s: NDArray[np.float64], length_s: float) -> NDArray[np.float64]:
    """Systolic wave, a dicrotic wave of a third of its height 0.3 s later, breathing and a little noise."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    out = 0.4 * np.sin(2 * np.pi * 0.25 * t) + np.random.default_rng(0).normal(0, 0.01, len(t))
    for beat_s in beats_s:
        out += np.exp(-(((t - beat_s) / 0.10) ** 2)) + 0.33 * np.exp(-(((t - beat_s - 0.3) / 0.12) ** 2))
    return out


@pytest.fixture(scope="module")
def beats_s() -> NDArray[np.float64]:
    return 0.5 + np.cumsum(0.85 + 0.05 * np.sin(np.arange(45)))


def detector(spec: SignalSpec, rate_hz: float) -> BvpBeatDetector:
    return BvpBeatDetector(spec.bank("bvp_pulse").at(rate_hz), rate_hz)


@pytest.mark.parametrize("rate_hz", [25, 32, 64, 100, 128])
@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_finds_every_beat_whatever_the_scale(spec: SignalSpec, beats_s, rate_hz, scale):
    peaks = detector(spec, rate_hz).push(scale * bvp(rate_hz, beats_s, 40.0))
    found_s = np.array([p.index for p in peaks]) / rate_hz
    expected = beats_s[beats_s < 39.6]
    assert len(found_s) == len(expected)
    error = found_s - expected
    assert np.abs(error).max() < 0.13  # the steepest upstroke comes 0.07 s before the crest
    assert np.abs(error - np.median(error)).max() < 0.015


@pytest.mark.parametrize("rate_hz", [25, 32, 64, 128])
def test_pulses_of_a_calm_wrist_look_alike_and_bumps_do_not(spec: SignalSpec, beats_s, rate_hz):
    signal = bvp(rate_hz, beats_s, 40.0)
    calm = [p.likeness for p in detector(spec, rate_hz).push(signal)]
    assert calm[:3] == [None] * 3
    assert min(v for v in calm if v is not None) > 0.9
    t = np.arange(len(signal)) / rate_hz
    signal += 5 * np.sin(2 * np.pi * 3.1 * t) * ((t > 20) & (t < 24))
    shaken = [p for p in detector(spec, rate_hz).push(signal) if 20.5 < p.index / rate_hz < 23]
    assert min(p.likeness for p in shaken if p.likeness is not None) < 0.5


def test_decides_within_a_third_of_a_second(spec: SignalSpec, beats_s):
    peaks = detector(spec, 64).push(bvp(64, beats_s, 40.0))
    delays_s = [(p.decided_index - p.index) / 64 for p in peaks if p.index > 3 * 64]
    assert min(delays_s) > 0.19
    assert max(delays_s) < 0.4


@settings(max_examples=40)
@given(lengths=LENGTHS)
def test_packets_do_not_change_the_beats(spec: SignalSpec, cut, beats_s, lengths):
    signal = bvp(64, beats_s, 15.0)
    signal[500:530] = np.nan
    whole = detector(spec, 64).push(signal)
    split = detector(spec, 64)
    assert [p for packet in cut(signal, lengths) for p in split.push(packet)] == whole
    assert len(whole) > 10


@settings(max_examples=60)
@given(values=GARBAGE)
def test_garbage_neither_raises_nor_poisons(spec: SignalSpec, beats_s, values):
    used = detector(spec, 64)
    garbage = used.push(np.array(values, np.float32))
    indices = [p.index for p in garbage + used.push(bvp(64, beats_s, 5.0))]
    assert np.isfinite(indices).all()
    assert indices == sorted(indices)
    used.reset()
    signal = bvp(64, beats_s, 6.0)
    assert used.push(signal) == detector(spec, 64).push(signal)


@pytest.mark.parametrize("value", [0.0, 3.25, -1e8])
def test_a_constant_has_no_beats(spec: SignalSpec, value):
    assert detector(spec, 64).push(np.full(1000, value)) == []
