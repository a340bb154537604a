from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_emotion.signals.ecg.detector import EcgBeatDetector

LENGTHS = st.lists(st.integers(1, 1000), min_size=1, max_size=6)
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


@pytest.mark.parametrize("rate_hz", [100, 125, 130, 250, 360, 700, 1000])
def test_finds_every_beat_within_two_milliseconds(beats_s, rate_hz):
    peaks = EcgBeatDetector(rate_hz).push(ecg_mv(rate_hz, beats_s, 30.0))
    found_s = np.array([p.index for p in peaks]) / rate_hz
    expected = beats_s[beats_s < 29.5]
    assert len(found_s) == len(expected)
    error = found_s - expected
    assert np.abs(error).max() < 0.012
    assert np.abs(error - np.median(error)).max() < 0.002


def test_decides_within_a_quarter_of_a_second(beats_s):
    peaks = EcgBeatDetector(130).push(ecg_mv(130, beats_s, 30.0))
    delays_s = [(p.decided_index - p.index) / 130 for p in peaks if p.index > 2 * 130]
    assert min(delays_s) > 0.1
    assert max(delays_s) < 0.26


def test_searches_a_small_beat_back(beats_s):
    signal = ecg_mv(130, beats_s, 30.0)
    small = int(beats_s[20] * 130)
    signal[small - 8 : small + 9] *= 0.5
    peaks = EcgBeatDetector(130).push(signal)
    indices = [p.index for p in peaks]
    assert min(abs(i - beats_s[20] * 130) for i in indices) < 2
    assert indices == sorted(indices)


def test_recovers_from_an_artefact_of_a_hundred_millivolt(beats_s):
    signal = ecg_mv(130, beats_s, 30.0)
    signal[1300:1310] += 100.0
    found_s = np.array([p.index for p in EcgBeatDetector(130).push(signal)]) / 130
    later = beats_s[(beats_s > 20) & (beats_s < 29.5)]
    assert len(found_s[found_s > 20]) == len(later)


@settings(max_examples=40, deadline=None)
@given(lengths=LENGTHS)
def test_packets_do_not_change_the_beats(cut, beats_s, lengths):
    signal = ecg_mv(130, beats_s, 12.0)
    signal[700:800] = np.nan
    whole = EcgBeatDetector(130).push(signal)
    split = EcgBeatDetector(130)
    assert [p for packet in cut(signal, lengths) for p in split.push(packet)] == whole
    assert len(whole) > 8


@settings(max_examples=60, deadline=None)
@given(values=GARBAGE)
def test_garbage_neither_raises_nor_poisons(beats_s, values):
    used = EcgBeatDetector(130)
    garbage = used.push(np.array(values, np.float32))
    indices = [p.index for p in garbage + used.push(ecg_mv(130, beats_s, 4.0))]
    assert np.isfinite(indices).all()
    assert indices == sorted(indices)
    used.reset()
    signal = ecg_mv(130, beats_s, 6.0)
    assert used.push(signal) == EcgBeatDetector(130).push(signal)


@pytest.mark.parametrize("value", [0.0, 3.25, -1e8])
def test_a_constant_has_no_beats(value):
    assert EcgBeatDetector(250).push(np.full(2500, value)) == []


def test_leading_nans_keep_the_index(beats_s):
    signal = ecg_mv(130, beats_s, 8.0)
    plain = EcgBeatDetector(130).push(signal)
    later = EcgBeatDetector(130).push(np.concatenate([np.full(50, np.nan), signal]))
    assert [p.index - 50 for p in later] == pytest.approx([p.index for p in plain])
    assert [p.decided_index - 50 for p in later] == [p.decided_index for p in plain]


def test_two_decided_beats_are_never_closer_than_the_heart_can_beat(beats_s):
    noise = np.random.default_rng(3).normal(0, 0.5, 130 * 60)
    found_s = np.array([p.index for p in EcgBeatDetector(130).push(noise)]) / 130
    assert len(found_s) > 10
    assert np.diff(found_s).min() > 0.05


def test_single_precision_changes_beats_by_less_than_a_ten_thousandth_of_a_sample(beats_s):
    signal = ecg_mv(130, beats_s, 30.0)
    double = [p.index for p in EcgBeatDetector(130).push(signal)]
    single = [p.index for p in EcgBeatDetector(130).push(signal.astype(np.float32))]
    assert single == pytest.approx(double, abs=1e-4)


def test_an_unlikely_beat_has_the_least_confidence(beats_s):
    signal = ecg_mv(130, beats_s, 30.0)
    small = int(beats_s[20] * 130)
    signal[small - 8 : small + 9] *= 0.3
    peaks = EcgBeatDetector(130).push(signal)
    faint = min(peaks, key=lambda p: abs(p.index - small))
    assert abs(faint.index - small) < 2
    others = [p.confidence for p in peaks if p is not faint and p.index > 260]
    assert faint.confidence < min(others)
    assert min(others) > 0.99


@pytest.mark.parametrize("lost", [0.001, 0.02, 0.2])
def test_lost_samples_do_not_silence_it(beats_s, lost):
    signal = ecg_mv(130, beats_s, 30.0)
    signal[np.random.default_rng(4).random(len(signal)) < lost] = np.nan
    found_s = np.array([p.index for p in EcgBeatDetector(130).push(signal)]) / 130
    near = [np.abs(found_s - beat_s).min() < 0.05 for beat_s in beats_s[beats_s < 29.5]]
    assert np.mean(near) > 0.85


def test_rails_between_clean_stretches_do_not_poison(beats_s):
    signal = ecg_mv(130, beats_s, 30.0)
    signal[1300:1950] = 1e8
    found_s = np.array([p.index for p in EcgBeatDetector(130).push(signal)]) / 130
    later = beats_s[(beats_s > 19) & (beats_s < 29.5)]
    assert len(found_s[found_s > 19]) == len(later)


def test_a_slower_device_clock_does_not_matter(beats_s):
    """Kernels for 130 Hz on a strap that runs one per cent slow."""
    found_s = np.array([p.index for p in EcgBeatDetector(130).push(ecg_mv(128.7, beats_s, 30.0))]) / 128.7
    expected = beats_s[beats_s < 29.5]
    assert len(found_s) == len(expected)
    assert np.abs(found_s - expected).max() < 0.005


@pytest.mark.parametrize("factor", [0.2, 5.0])
@pytest.mark.parametrize("noise_mv", [0.01, 0.1])
def test_follows_a_change_of_amplitude(beats_s, factor, noise_mv):
    signal = ecg_mv(130, beats_s, 30.0) + np.random.default_rng(5).normal(0, noise_mv, 3900)
    signal[1300:] *= factor
    found_s = np.array([p.index for p in EcgBeatDetector(130).push(signal)]) / 130
    near = [np.abs(found_s - beat_s).min() < 0.05 for beat_s in beats_s[(beats_s > 20) & (beats_s < 28)]]
    assert np.mean(near) > 0.85


def test_a_beat_in_doubt_does_not_wait_for_the_next(beats_s):
    signal = ecg_mv(130, beats_s, 30.0) + np.random.default_rng(6).normal(0, 0.05, 3900)
    small = int(beats_s[20] * 130)
    signal[small - 8 : small + 9] *= 0.37
    peak = min(EcgBeatDetector(130).push(signal), key=lambda p: abs(p.index - small))
    assert abs(peak.index - small) < 2
    assert peak.decided_index - peak.index < 0.22 * 130
