from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_emotion.signals.ecg import EcgBeatDetector
from edge_emotion.signals.spec import SignalSpec

LENGTHS = st.lists(st.integers(1, 150), min_size=1, max_size=6)
GARBAGE = st.lists(st.floats(width=32) | st.just(0.0) | st.floats(-2, 2), max_size=700)


def ecg_mv(rate_hz: float, beats_s: NDArray[np.float64], length_s: float) -> NDArray[np.float64]:
    """QRS as a 1 mV bump of 20 ms, T wave 0.25 mV 0.28 s later, slow baseline, a little noise."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    out = 0.3 * np.sin(2 * np.pi * 0.2 * t) + np.random.default_rng(0).normal(0, 0.01, len(t))
    for beat_s in beats_s:
        out += np.exp(-(((t - beat_s) / 0.020) ** 2)) + 0.25 * np.exp(-(((t - beat_s - 0.28) / 0.06) ** 2))
    return out


@pytest.fixture(scope="module")
def beats_s() -> NDArray[np.float64]:
    return 0.5 + np.cumsum(0.8 + 0.05 * np.sin(np.arange(35)))


def detector(spec: SignalSpec, rate_hz: float) -> EcgBeatDetector:
    return EcgBeatDetector(spec.bank("ecg_detection").at(rate_hz), rate_hz)


@pytest.mark.parametrize("rate_hz", [130, 250, 360, 700, 1000])
def test_finds_every_beat_within_two_milliseconds(spec: SignalSpec, beats_s, rate_hz):
    peaks = detector(spec, rate_hz).push(ecg_mv(rate_hz, beats_s, 30.0))
    found_s = np.array([p.index for p in peaks]) / rate_hz
    expected = beats_s[beats_s < 29.5]
    assert len(found_s) == len(expected)
    error = found_s - expected
    assert np.abs(error).max() < 0.012
    assert np.abs(error - np.median(error)).max() < 0.002


def test_decides_within_a_quarter_of_a_second(spec: SignalSpec, beats_s):
    peaks = detector(spec, 130).push(ecg_mv(130, beats_s, 30.0))
    delays_s = [(p.decided_index - p.index) / 130 for p in peaks if p.index > 2 * 130]
    assert min(delays_s) > 0.1
    assert max(delays_s) < 0.26


def test_searches_a_small_beat_back(spec: SignalSpec, beats_s):
    signal = ecg_mv(130, beats_s, 30.0)
    small = int(beats_s[20] * 130)
    signal[small - 8 : small + 9] *= 0.5
    peaks = detector(spec, 130).push(signal)
    indices = [p.index for p in peaks]
    assert min(abs(i - beats_s[20] * 130) for i in indices) < 2
    assert indices == sorted(indices)


def test_recovers_from_an_artefact_of_a_hundred_millivolt(spec: SignalSpec, beats_s):
    signal = ecg_mv(130, beats_s, 30.0)
    signal[1300:1310] += 100.0
    found_s = np.array([p.index for p in detector(spec, 130).push(signal)]) / 130
    later = beats_s[(beats_s > 20) & (beats_s < 29.5)]
    assert len(found_s[found_s > 20]) == len(later)


@settings(max_examples=40)
@given(lengths=LENGTHS)
def test_packets_do_not_change_the_beats(spec: SignalSpec, cut, beats_s, lengths):
    signal = ecg_mv(130, beats_s, 12.0)
    signal[700:800] = np.nan
    whole = detector(spec, 130).push(signal)
    split = detector(spec, 130)
    assert [p for packet in cut(signal, lengths) for p in split.push(packet)] == whole
    assert len(whole) > 8


@settings(max_examples=60)
@given(values=GARBAGE)
def test_garbage_neither_raises_nor_poisons(spec: SignalSpec, beats_s, values):
    used = detector(spec, 130)
    garbage = used.push(np.array(values, np.float32))
    indices = [p.index for p in garbage + used.push(ecg_mv(130, beats_s, 4.0))]
    assert np.isfinite(indices).all()
    assert indices == sorted(indices)
    used.reset()
    signal = ecg_mv(130, beats_s, 6.0)
    assert used.push(signal) == detector(spec, 130).push(signal)


@pytest.mark.parametrize("value", [0.0, 3.25, -1e8])
def test_a_constant_has_no_beats(spec: SignalSpec, value):
    assert detector(spec, 250).push(np.full(2500, value)) == []


def test_leading_nans_keep_the_index(spec: SignalSpec, beats_s):
    signal = ecg_mv(130, beats_s, 8.0)
    plain = detector(spec, 130).push(signal)
    later = detector(spec, 130).push(np.concatenate([np.full(50, np.nan), signal]))
    assert [p.index - 50 for p in later] == pytest.approx([p.index for p in plain])
    assert [p.decided_index - 50 for p in later] == [p.decided_index for p in plain]
