from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_emotion.signals.eda import EdaAnalyser
from edge_emotion.signals.spec import SignalSpec

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=6)
GARBAGE = st.lists(st.floats(width=32) | st.floats(0, 20), max_size=200)
ONSETS_S = np.array([10.0, 25.0, 31.0, 50.0, 62.0])
AMPLITUDES_US = np.array([0.5, 0.1, 0.3, 0.04, 1.0])
PEAK_S = 1.177  # of the Bateman curve below


def eda_us(rate_hz: float, length_s: float = 80.0) -> NDArray[np.float64]:
    """Bateman responses (0.75 s, 2 s) on a slowly falling level of 3 uS."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    out = 3.0 - 0.002 * t
    for onset_s, amplitude_us in zip(ONSETS_S, AMPLITUDES_US, strict=True):
        since = np.clip(t - onset_s, 0, None)
        out += amplitude_us * (np.exp(-since / 2.0) - np.exp(-since / 0.75)) / 0.347
    return out


def analyser(spec: SignalSpec, rate_hz: float) -> EdaAnalyser:
    sos = spec.bank("eda_smooth").at(rate_hz)
    return EdaAnalyser(sos, rate_hz, spec.tonic_hz, spec.scr_threshold_us)


@pytest.mark.parametrize("rate_hz", [4, 15.5, 64, 700])
def test_finds_the_known_responses(spec: SignalSpec, rate_hz):
    scrs = analyser(spec, rate_hz).push(eda_us(rate_hz)).scrs
    peaks_s = np.array([s.peak_index for s in scrs]) / rate_hz
    assert len(peaks_s) == len(ONSETS_S)
    assert np.abs(peaks_s - ONSETS_S - PEAK_S).max() < 0.6
    assert np.abs([s.amplitude_us for s in scrs] / AMPLITUDES_US - 1).max() < 0.3
    assert all(s.onset_index < s.peak_index < s.decided_index for s in scrs)


def test_a_fall_and_small_noise_are_no_response(spec: SignalSpec):
    noise = np.random.default_rng(0).normal(0, 0.002, 15 * 120)
    assert analyser(spec, 15).push(np.linspace(8.0, 5.0, 15 * 120) + noise).scrs == []


def test_tonic_and_phasic_add_up_to_the_level(spec: SignalSpec):
    block = analyser(spec, 15).push(eda_us(15))
    assert np.allclose(np.add(block.tonic_us, block.phasic_us), block.level_us, atol=1e-12)
    assert block.tonic_us[0] == block.level_us[0] == pytest.approx(3.0)


@settings(max_examples=40)
@given(lengths=LENGTHS)
def test_packets_do_not_change_the_output(spec: SignalSpec, cut, lengths):
    signal = eda_us(4)
    signal[:3] = np.nan
    signal[100:110] = np.inf
    whole = analyser(spec, 4).push(signal)
    split = analyser(spec, 4)
    blocks = [split.push(packet) for packet in cut(signal, lengths)]
    assert [s for b in blocks for s in b.scrs] == whole.scrs
    for name in ("level_us", "tonic_us", "phasic_us"):
        joined = [v for b in blocks for v in getattr(b, name)]
        assert np.array_equal(joined, getattr(whole, name), equal_nan=True)


@settings(max_examples=60)
@given(values=GARBAGE)
def test_garbage_neither_raises_nor_poisons(spec: SignalSpec, values):
    used = analyser(spec, 4)
    block = used.push(np.array(values, np.float32))
    assert len(block.level_us) == len(block.tonic_us) == len(block.phasic_us) == len(values)
    assert np.isfinite(used.push(eda_us(4)).phasic_us).all()
    used.reset()
    assert used.push(eda_us(4)) == analyser(spec, 4).push(eda_us(4))


def test_a_constant_has_no_response(spec: SignalSpec):
    assert analyser(spec, 64).push(np.full(5000, 7.3)).scrs == []
