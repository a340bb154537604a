from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_emotion.signals.beat_table import BeatTable
from edge_emotion.signals.ecg.quality import EcgQuality
from edge_emotion.signals.eda.quality import EdaQuality
from edge_emotion.signals.quality import BvpQuality, beat_quality
from edge_emotion.types import QualityReason, RrKind

RATE = 130
T = np.arange(20 * RATE) / RATE
NOISE = np.random.default_rng(0).normal(size=len(T))
ECG_MV = np.exp(-(((T % 0.8 - 0.4) / 0.02) ** 2)) + 0.01 * NOISE
BVP = 50 * np.sin(2 * np.pi * 1.2 * T) + 20 * np.sin(2 * np.pi * 2.4 * T) + 0.5 * NOISE
EDA_US = np.round(0.25 + 0.02 * np.sin(2 * np.pi * 0.05 * T) + 0.001 * NOISE, 4)

KINDS = [(EcgQuality, ECG_MV), (BvpQuality, BVP), (EdaQuality, EDA_US)]
GARBAGE = st.lists(st.floats(width=32) | st.floats(-2, 2) | st.just(0.0), max_size=300)


@pytest.mark.parametrize(("kind", "signal"), KINDS)
def test_a_good_signal_is_trusted(kind, signal):
    seconds = kind(RATE).push(signal)
    assert [s.end_index for s in seconds] == list(range(RATE, len(T) + 1, RATE))
    assert min(s.score for s in seconds) > 0.9
    assert all(s.reasons == () for s in seconds)


@pytest.mark.parametrize("kind", [EcgQuality, BvpQuality, EdaQuality])
def test_a_constant_is_flat(kind):
    last = kind(RATE).push(np.full(15 * RATE, 0.8))[-1]
    assert last.score == 0.0
    assert QualityReason.FLAT in last.reasons


@pytest.mark.parametrize(("level_mv", "reason"), [(0.0, QualityReason.FLAT), (5.0, QualityReason.SATURATED)])
def test_an_ecg_that_stays_dead_has_lost_its_electrodes(level_mv, reason):
    dead = ECG_MV.copy()
    dead[5 * RATE : 9 * RATE] = level_mv
    dead[7 * RATE + 3] -= 1.5 * (level_mv > 0)
    seconds = EcgQuality(RATE).push(dead)
    assert all(s.score == 0.0 for s in seconds[5:9])
    assert QualityReason.LEAD_OFF in seconds[8].reasons
    assert min(s.score for s in seconds[:5] + seconds[10:]) > 0.9


@pytest.mark.parametrize("hz", [50, 60])
def test_mains_is_named_and_weighs_little(hz):
    last = EcgQuality(RATE).push(ECG_MV + 0.8 * np.sin(2 * np.pi * hz * T))[-1]
    assert last.reasons == (QualityReason.POWERLINE,)
    assert last.score >= 0.9


def test_a_wandering_baseline_is_named_and_weighs_little():
    last = EcgQuality(RATE).push(ECG_MV + 3 * np.sin(2 * np.pi * 0.3 * T))[-1]
    assert last.reasons == (QualityReason.BASELINE,)
    assert last.score >= 0.9


def test_a_burst_is_motion():
    moved = ECG_MV.copy()
    moved[10 * RATE : 11 * RATE] *= 12
    seconds = EcgQuality(RATE).push(moved)
    assert {k for k, s in enumerate(seconds) if QualityReason.MOTION in s.reasons} == {10, 11}


@pytest.mark.parametrize("rate", [100, 250, 360, 500, 1000])
def test_ecg_quality_means_the_same_at_every_rate(rate):
    t = np.arange(20 * rate) / rate
    noise = np.random.default_rng(0).normal(size=len(t)) * np.sqrt(rate / 130)
    clean = np.exp(-(((t % 0.8 - 0.4) / 0.02) ** 2)) + 0.01 * noise
    assert min(s.score for s in EcgQuality(rate).push(clean)) > 0.9
    assert np.mean([s.score for s in EcgQuality(rate).push(clean + 0.5 * noise)]) < 0.3


@pytest.mark.parametrize(("kind", "signal"), KINDS)
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e12])
def test_one_value_that_is_no_number_spoils_its_second_only(kind, signal, value):
    spoilt = signal.copy()
    spoilt[10 * RATE + 5] = value
    scores = [s.score for s in kind(RATE).push(spoilt)]
    assert scores[10] == 0.0
    assert min(scores[:10] + scores[11:]) > 0.9


@pytest.mark.parametrize("kind", [EcgQuality, BvpQuality])
def test_white_noise_is_noisy(kind):
    seconds = kind(RATE).push(0.3 * NOISE)
    assert np.mean([s.score for s in seconds]) < 0.2
    assert seconds[-1].reasons == (QualityReason.NOISY,)


@pytest.mark.parametrize(
    ("kind", "signal", "limit"), [(EcgQuality, 5 * ECG_MV, 2.0), (BvpQuality, BVP, 20.0)]
)
def test_cut_off_peaks_are_clipped(kind, signal, limit):
    wide = np.convolve(signal, np.ones(9) / 3, "same")
    assert QualityReason.CLIPPED in kind(RATE).push(np.minimum(wide, limit))[5].reasons


def test_ecg_out_of_range():
    assert EcgQuality(RATE).push(20 * ECG_MV)[3].reasons == (QualityReason.OUT_OF_RANGE,)


def test_motion_makes_bvp_noisy():
    moved = BVP.copy()
    moved[10 * RATE : 11 * RATE] *= 10
    scores = [s.score for s in BvpQuality(RATE).push(moved)]
    assert scores[10] == 0.0
    assert min(scores[:10] + scores[11:]) > 0.9


@settings(max_examples=15)
@pytest.mark.parametrize(("kind", "signal"), KINDS)
@given(lengths=st.lists(st.integers(1, 200), min_size=1, max_size=5))
def test_packets_do_not_change_the_verdicts(cut, kind, signal, lengths):
    split = kind(RATE)
    assert [s for packet in cut(signal, lengths) for s in split.push(packet)] == kind(RATE).push(signal)


@settings(max_examples=25)
@pytest.mark.parametrize(("kind", "signal"), KINDS)
@given(values=GARBAGE)
def test_garbage_never_raises_and_reset_is_as_new(kind, signal, values):
    used = kind(25)
    seconds = used.push(np.array(values, np.float32))
    assert all(0.0 <= s.score <= 1.0 for s in seconds)
    assert all(s.reasons for s in seconds if s.score < 0.4)
    used.reset()
    assert used.push(signal) == kind(25).push(signal)


def table(rr_ms: list[float], kinds: list[RrKind]) -> BeatTable:
    times_ns = np.arange(len(rr_ms))
    normal = np.array([kind is RrKind.NORMAL for kind in kinds], np.bool_)
    return BeatTable(times_ns, np.array(rr_ms), np.ones(len(rr_ms)), normal)


def test_a_window_of_normal_beats_is_trusted():
    assert beat_quality(table([math.nan] + [800.0] * 72, [RrKind.NORMAL] * 73), 60.0) == (1.0, ())


def test_too_few_beats():
    score, reasons = beat_quality(table([800.0] * 20, [RrKind.NORMAL] * 20), 60.0)
    assert score == pytest.approx(16 / 56)
    assert reasons == (QualityReason.TOO_FEW_BEATS,)
    assert beat_quality(table([], []), 60.0) == (0.0, (QualityReason.TOO_FEW_BEATS,))


def test_many_corrected_beats():
    kinds = [RrKind.NORMAL] * 50 + [RrKind.LONG] * 22
    score, reasons = beat_quality(table([800.0] * 72, kinds), 60.0)
    assert score == pytest.approx(1 - (22 / 72) ** 2)
    assert reasons == (QualityReason.IMPLAUSIBLE_RR,)
