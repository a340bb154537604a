from __future__ import annotations

import pickle
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_emotion.errors import UsageError
from edge_emotion.signals.eda.analyser import EdaAnalyser, EdaBlock, ScrPeak, eda_stride
from edge_emotion.signals.spec import SignalSpec

Signal = NDArray[np.float64]

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=6)
GARBAGE = st.lists(st.floats(width=32) | st.floats(0, 20), max_size=200)
RATES = st.sampled_from([4, 5, 15.5, 31, 64])
ONSETS_S = np.array([10.0, 25.0, 31.0, 50.0, 62.0])
AMPLITUDES_US = np.array([0.5, 0.1, 0.3, 0.04, 1.0])
PEAK_S = 1.177  # of the Bateman curve below


def eda_us(rate_hz: float, onsets_s=ONSETS_S, amplitudes_us=AMPLITUDES_US, length_s: float = 80.0) -> Signal:
    """Bateman responses (0.75 s, 2 s) on a slowly falling level of 3 uS."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    out = 3.0 - 0.002 * t
    for onset_s, amplitude_us in zip(onsets_s, amplitudes_us, strict=True):
        since = np.clip(t - onset_s, 0, None)
        out += amplitude_us * (np.exp(-since / 2.0) - np.exp(-since / 0.75)) / 0.347
    return out


def analyser(spec: SignalSpec, rate_hz: float) -> EdaAnalyser:
    sos = spec.bank("eda_smooth").at(rate_hz)
    return EdaAnalyser(sos, rate_hz, spec.tonic_hz, spec.scr_threshold_us)


def found(spec: SignalSpec, signal: Signal, rate_hz: float) -> list[ScrPeak]:
    return analyser(spec, rate_hz).push(signal).scrs


@pytest.mark.parametrize("rate_hz", [4, 5, 15.5, 31, 64, 700, 1000])
def test_finds_the_known_responses(spec: SignalSpec, rate_hz):
    scrs = found(spec, eda_us(rate_hz), rate_hz)
    assert len(scrs) == len(ONSETS_S)
    assert np.abs([s.onset_index / rate_hz for s in scrs] - ONSETS_S).max() < 0.2
    assert np.abs([s.peak_index / rate_hz for s in scrs] - ONSETS_S - PEAK_S).max() < 0.3
    assert np.abs([s.amplitude_us for s in scrs] / AMPLITUDES_US - 1).max() < 0.2
    assert all(s.peak_index < s.decided_index < s.peak_index + 2 * rate_hz for s in scrs)


@pytest.mark.parametrize("second_us", [0.15, 0.3, 0.6])
def test_a_response_on_the_falling_slope_of_another_is_found(spec: SignalSpec, second_us):
    signal = eda_us(4, np.array([10.0, 12.5]), np.array([0.6, second_us]), 30.0)
    scrs = found(spec, signal, 4)
    assert np.abs([s.onset_index / 4 for s in scrs] - np.array([10.0, 12.5])).max() < 0.4
    assert 0.5 * second_us < scrs[1].amplitude_us < 1.2 * second_us


@pytest.mark.parametrize("noise_us", [0.002, 0.02, 0.2])
def test_noise_on_a_fall_is_hardly_a_response_whatever_its_size(spec: SignalSpec, noise_us):
    noise = np.random.default_rng(0).normal(0, noise_us, 15 * 300)
    scrs = found(spec, np.linspace(8.0, 5.0, 15 * 300) + noise, 15)
    assert len([s for s in scrs if s.decided_index > 15 * 60]) <= 1


def test_a_drift_is_no_response(spec: SignalSpec):
    t = np.arange(600 * 4) / 4
    assert found(spec, 4.0 + 0.8 * np.sin(2 * np.pi * t / 120), 4) == []


@pytest.mark.parametrize("rate_hz", [128, 1000])
def test_mains_hum_is_averaged_away(spec: SignalSpec, rate_hz):
    hum = 0.05 * np.sin(2 * np.pi * 50.0 * np.arange(round(80 * rate_hz)) / rate_hz)
    assert len(found(spec, eda_us(rate_hz) + hum, rate_hz)) == len(ONSETS_S)


def test_contact_lost_and_regained_is_no_response(spec: SignalSpec):
    signal = eda_us(4)
    signal[4 * 40 : 4 * 45] = 0.0
    assert len(found(spec, signal, 4)) == len(ONSETS_S)


def test_counts_of_an_uncalibrated_sensor_give_no_response(spec: SignalSpec):
    assert found(spec, 100 * eda_us(4), 4) == []


def test_a_response_is_not_taken_back_when_a_larger_one_follows(spec: SignalSpec):
    signal = eda_us(4)
    cut = 4 * 58
    assert found(spec, signal[:cut], 4) == [s for s in found(spec, signal, 4) if s.decided_index < cut]


@pytest.mark.parametrize("rate_hz", [4, 15.5, 64])
def test_tonic_and_phasic_add_up_to_the_level(spec: SignalSpec, rate_hz):
    block = analyser(spec, rate_hz).push(eda_us(rate_hz))
    assert np.allclose(np.add(block.tonic_us, block.phasic_us), block.level_us, atol=1e-12)
    assert min(block.phasic_us) >= 0.0
    assert block.tonic_us[0] == pytest.approx(block.level_us[0]) == pytest.approx(3.0, abs=1e-3)
    assert np.diff(block.indices).tolist() == [eda_stride(rate_hz)] * (len(block.indices) - 1)


@settings(max_examples=40, deadline=None)
@given(rate_hz=RATES, lengths=LENGTHS)
def test_packets_do_not_change_the_output(spec: SignalSpec, cut, rate_hz, lengths):
    signal = eda_us(rate_hz)
    signal[:3] = np.nan
    signal[100:110] = np.inf
    signal[150] = -5.0
    whole = analyser(spec, rate_hz).push(signal)
    split = analyser(spec, rate_hz)
    blocks = [split.push(packet) for packet in cut(signal, lengths)]
    joined = EdaBlock(*(list(chain.from_iterable(parts)) for parts in zip(*blocks, strict=True)))
    assert joined == whole._replace(indices=list(whole.indices))


@settings(max_examples=60, deadline=None)
@given(rate_hz=RATES, values=GARBAGE)
def test_garbage_neither_raises_nor_poisons(spec: SignalSpec, rate_hz, values):
    used = analyser(spec, rate_hz)
    used.push(np.array(values, np.float32))
    after = used.push(eda_us(rate_hz))
    assert np.isfinite(after.phasic_us).all()
    assert after.level_us[-1] == pytest.approx(eda_us(rate_hz)[-1], abs=0.01)
    used.reset()
    assert used.push(eda_us(rate_hz)) == analyser(spec, rate_hz).push(eda_us(rate_hz))


@settings(max_examples=20, deadline=None)
@given(lost=st.floats(0.001, 0.2), seed=st.integers(0, 99))
def test_lost_samples_never_raise_and_leave_the_big_responses(spec: SignalSpec, lost, seed):
    signal = eda_us(15)
    signal[np.random.default_rng(seed).random(len(signal)) < lost] = np.nan
    peaks_s = np.array([s.peak_index / 15 for s in found(spec, signal, 15)])
    for onset_s in ONSETS_S[AMPLITUDES_US >= 0.3]:
        assert np.abs(peaks_s - onset_s - PEAK_S).min() < 0.5


def test_a_constant_has_no_response(spec: SignalSpec):
    assert found(spec, np.full(5000, 7.3), 64) == []


def test_the_state_stays_small(spec: SignalSpec):
    long = analyser(spec, 4)
    sizes = []
    for _ in range(20):
        long.push(np.linspace(30.0, 1.0, 4000))
        sizes.append(len(pickle.dumps(long)))
    assert max(sizes) < 4096
    assert max(sizes[10:]) < max(sizes[:10]) + 100


def test_a_filter_of_two_sections_is_refused(spec: SignalSpec):
    sos = spec.bank("eda_smooth").at(4)
    with pytest.raises(UsageError, match="2 sections given"):
        EdaAnalyser(sos + sos, 4, spec.tonic_hz, spec.scr_threshold_us)
