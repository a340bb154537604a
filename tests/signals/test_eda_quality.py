from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_emotion.signals.eda.quality import EdaQuality
from edge_emotion.types import QualityReason

Signal = NDArray[np.float64]

RATES_HZ = [4, 5, 15.5, 64, 1000]


def eda_us(rate_hz: float, length_s: float = 40.0, level_us: float = 3.0) -> Signal:
    """A slow swing and some noise."""
    t = np.arange(round(length_s * rate_hz)) / rate_hz
    noise = np.random.default_rng(0).normal(size=len(t))
    return level_us * (1.0 + 0.02 * np.sin(2 * np.pi * 0.05 * t) + 0.0005 * noise)


def seconds_with(reason: QualityReason, signal: Signal, rate_hz: float) -> list[int]:
    return [k for k, s in enumerate(EdaQuality(rate_hz).push(signal)) if reason in s.reasons]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("level_us", [0.06, 3.0, 50.0])
def test_an_honest_signal_is_trusted(rate_hz, level_us):
    assert {s.score for s in EdaQuality(rate_hz).push(eda_us(rate_hz, level_us=level_us))} == {1.0}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("level_us", [0.0, 0.02, 70.0, 51_000.0])
def test_out_of_range(rate_hz, level_us):
    last = EdaQuality(rate_hz).push(eda_us(rate_hz, level_us=level_us))[-1]
    assert last.score == 0.0
    assert QualityReason.OUT_OF_RANGE in last.reasons


@pytest.mark.parametrize("rate_hz", [4, 64])
def test_a_jump_is_steep_and_spoils_the_five_seconds_after_it(rate_hz):
    signal = eda_us(rate_hz)
    signal[10 * rate_hz :] += 5.0
    assert seconds_with(QualityReason.STEEP, signal, rate_hz) == [10, 11, 12, 13, 14, 15]


@pytest.mark.parametrize("rate_hz", [4, 64])
def test_a_lead_that_falls_off_is_out_of_range_until_five_seconds_after_its_return(rate_hz):
    signal = eda_us(rate_hz)
    signal[10 * rate_hz : 20 * rate_hz] = 0.0
    assert seconds_with(QualityReason.OUT_OF_RANGE, signal, rate_hz) == list(range(10, 26))


def test_a_drop_below_all_of_the_last_seconds_is_motion():
    signal = eda_us(4)
    signal[80:82] -= 0.6
    assert seconds_with(QualityReason.NOISY, signal, 4) == [20]
    assert EdaQuality(4).push(signal)[20].score == 0.5


def test_a_response_and_its_recovery_are_no_motion():
    t = np.clip(np.arange(160) / 4 - 10, 0, None)
    signal = eda_us(4, level_us=0.2) + 3.0 * (np.exp(-t / 1.5) - np.exp(-t / 0.5))
    assert {s.score for s in EdaQuality(4).push(signal)} == {1.0}


def test_a_response_cut_off_by_the_converter_is_saturated():
    t = np.clip(np.arange(160) / 4 - 10, 0, None)
    signal = eda_us(4) + 6.0 * (np.exp(-t / 4.0) - np.exp(-t / 0.75))
    assert seconds_with(QualityReason.SATURATED, np.minimum(signal, 5.5), 4) == [12]


def test_stillness_becomes_flat_after_ten_seconds():
    signal = np.concatenate([eda_us(4, 10.0), np.full(80, 3.0)])
    assert seconds_with(QualityReason.FLAT, signal, 4) == list(range(19, 30))


def test_stairs_of_a_coarse_converter_are_trusted():
    rising = np.round(np.linspace(0.3, 0.5, 400), 2)
    assert {s.score for s in EdaQuality(4).push(rising)} == {1.0}
