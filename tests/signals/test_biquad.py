from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import group_delay as scipy_group_delay
from scipy.signal import sos2tf, sosfilt

from edge_emotion.signals.biquad import BiquadCascade, FiniteHold, group_delay
from edge_emotion.signals.spec import SignalSpec, Sos

LENGTHS = st.lists(st.integers(1, 97), min_size=1, max_size=6)


def scipy_rows(sos: Sos) -> np.ndarray:
    return np.array([[b0, b1, b2, 1.0, a1, a2] for b0, b1, b2, a1, a2 in sos])


@pytest.mark.parametrize(
    ("bank", "rate_hz"), [("ecg_detection", 130), ("bvp_pulse", 64), ("eda_smooth", 4), ("eda_smooth", 700)]
)
def test_equals_scipy_bit_for_bit(spec: SignalSpec, bank, rate_hz):
    sos = spec.bank(bank).at(rate_hz)
    signal = np.random.default_rng(1).normal(size=3000)
    signal[0] = 0.0  # the steady state of zero is scipy's default state
    assert BiquadCascade(sos).push(signal) == sosfilt(scipy_rows(sos), signal).tolist()


@given(lengths=LENGTHS)
def test_packets_do_not_change_the_output(spec: SignalSpec, cut, lengths):
    sos = spec.bank("ecg_detection").at(130)
    signal = np.random.default_rng(2).normal(size=400)
    cascade = BiquadCascade(sos)
    parts = [y for packet in cut(signal, lengths) for y in cascade.push(packet)]
    assert parts == BiquadCascade(sos).push(signal)


def test_constant_input_has_no_transient(spec: SignalSpec):
    smoothed = BiquadCascade(spec.bank("eda_smooth").at(15)).push([7.0] * 200)
    assert np.allclose(smoothed, 7.0, atol=1e-12)


def test_reset_is_as_new(spec: SignalSpec):
    sos = spec.bank("bvp_pulse").at(64)
    used = BiquadCascade(sos)
    used.push([5.0, -3.0, 1.0])
    used.reset()
    assert used.push([1.0, 2.0]) == BiquadCascade(sos).push([1.0, 2.0])


def test_empty_packet_leaves_the_state_alone(spec: SignalSpec):
    cascade = BiquadCascade(spec.bank("bvp_pulse").at(64))
    assert cascade.push([]) == []
    assert cascade.push(np.empty(0, np.float32)) == []


@pytest.mark.parametrize(("bank", "rate_hz", "hz"), [("ecg_detection", 130, 12.0), ("eda_smooth", 15, 0.2)])
def test_group_delay_agrees_with_scipy(spec: SignalSpec, bank, rate_hz, hz):
    sos = spec.bank(bank).at(rate_hz)
    _, expected = scipy_group_delay(sos2tf(scipy_rows(sos)), w=[hz], fs=rate_hz)
    assert group_delay(sos, hz, rate_hz) == pytest.approx(expected[0], rel=1e-6)


def test_hold_repeats_the_last_number():
    hold = FiniteHold()
    assert hold.push([np.nan, np.inf, 1.0, np.nan, 2e9, -2.0]) == (2, [1.0, 1.0, 1.0, -2.0])
    assert hold.push(np.array([np.nan, 3.0], np.float32)) == (0, [-2.0, 3.0])
    hold.reset()
    assert hold.push([np.nan]) == (1, [])
