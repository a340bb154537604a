"""A pulse wave with an accelerometer beside it, through the whole chain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import beat_times_s, interleaved, packets

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import (
    NS_PER_S,
    Beat,
    Event,
    FloatArray,
    Gap,
    Modality,
    QualityReason,
    Samples,
    Window,
)

DURATION_S = 80.0
SHAKEN_S = (40.0, 60.0)
PAIR = (Modality.BVP, Modality.ACC)
SIZES = st.lists(st.integers(1, 700), min_size=1, max_size=5)


def pulse_wave(rate_hz: float = 64.0, shaken: bool = True) -> FloatArray:
    """Systolic and dicrotic waves; while shaken, four times as much of something else."""
    t = np.arange(round(DURATION_S * rate_hz)) / rate_hz
    wave = np.random.default_rng(0).normal(0, 0.01, len(t))
    for beat_s in beat_times_s(DURATION_S):
        wave += np.exp(-(((t - beat_s) / 0.10) ** 2)) + 0.33 * np.exp(-(((t - beat_s - 0.3) / 0.12) ** 2))
    if shaken:
        noise = np.cumsum(np.random.default_rng(1).normal(0, 1, len(t) // 8))
        inside = (t > SHAKEN_S[0]) & (t < SHAKEN_S[1])
        wave += inside * np.interp(t, np.arange(len(noise)) * 8 / rate_hz, noise - noise.mean()) * 2.0
    return wave.astype(np.float32)


def acceleration(rate_hz: float = 32.0) -> FloatArray:
    t = np.arange(round(DURATION_S * rate_hz)) / rate_hz
    shake = ((t > SHAKEN_S[0]) & (t < SHAKEN_S[1])) * np.random.default_rng(2).normal(0, 0.5, len(t))
    return np.stack([shake, 0 * t, 1 + 0 * t], axis=1).astype(np.float32)


WAVE, ACC = pulse_wave(), acceleration()


def run(spec: SignalSpec, items: list[Samples], modalities: tuple[Modality, ...] = PAIR) -> list[Event]:
    chain = Chain(spec, modalities)
    return [event for item in items for event in chain.push(item)]


def recording(
    bvp: list[int], acc: list[int], wave: FloatArray = WAVE, acc_g: FloatArray = ACC
) -> list[Samples]:
    return interleaved(
        packets(Modality.BVP, wave, 64.0, bvp),
        packets(Modality.ACC, acc_g, 32.0, acc, start_ns=11_000_000),
    )


def windows(events: list[Event]) -> list[Window]:
    return [e for e in events if isinstance(e, Window)]


def assert_same(left: list[Event], right: list[Event]) -> None:
    for kind in (Beat, Gap):
        assert [e for e in left if isinstance(e, kind)] == [e for e in right if isinstance(e, kind)]
    for a, b in zip(windows(left), windows(right), strict=True):
        assert (a.end_ns, a.quality) == (b.end_ns, b.quality)
        for name in a.tensors:
            np.testing.assert_array_equal(a.tensors[name], b.tensors[name], strict=True)


@settings(max_examples=12, deadline=None)
@given(SIZES, SIZES)
def test_any_packetisation_gives_bit_identical_events(
    signal_spec: SignalSpec, bvp: list[int], acc: list[int]
) -> None:
    assert_same(run(signal_spec, recording(bvp, acc)), run(signal_spec, recording([64], [32])))


@settings(max_examples=12, deadline=None)
@given(SIZES, SIZES, st.integers(0, 2400), st.integers(1, 400))
def test_holes_in_the_acceleration_are_gaps_whatever_the_packets(
    signal_spec: SignalSpec, bvp: list[int], acc: list[int], start: int, length: int
) -> None:
    spoilt = ACC.copy()
    spoilt[start : start + length, start % 3] = np.nan
    split = run(signal_spec, recording(bvp, acc, acc_g=spoilt))
    assert_same(split, run(signal_spec, recording([64], [32], acc_g=spoilt)))


@pytest.mark.parametrize("modalities", [PAIR, (Modality.BVP,)])
def test_shaking_gives_no_silent_beats_but_the_reason_motion(
    signal_spec: SignalSpec, modalities: tuple[Modality, ...]
) -> None:
    events = run(signal_spec, recording([64], [32]), modalities)
    inside = [
        e for e in events if isinstance(e, Beat) and 42 < e.time_ns / NS_PER_S < 58 and e.rr_ms is not None
    ]
    assert len(inside) < 5
    told = {w.end_ns // NS_PER_S: w.quality[0] for w in windows(events)}
    assert QualityReason.MOTION not in told[35].reasons
    assert QualityReason.MOTION in told[60].reasons
    assert told[60].index < 0.75


def test_a_steady_pulse_keeps_all_its_beats_beside_an_accelerometer(signal_spec: SignalSpec) -> None:
    still = (ACC * 0 + np.array([0, 0, 1])).astype(np.float32)
    events = run(signal_spec, recording([64], [32], pulse_wave(shaken=False), still))
    found_s = np.array([e.time_ns / NS_PER_S for e in events if isinstance(e, Beat)])
    truth_s = beat_times_s(DURATION_S)
    truth_s = truth_s[(truth_s > 5) & (truth_s < DURATION_S - 6)]
    apart_s = np.array([found_s[np.abs(found_s + 0.1 - t).argmin()] - t for t in truth_s])
    assert np.abs(apart_s - np.median(apart_s)).max() < 0.015
    assert not windows(events)[-1].quality[0].reasons


def test_magnitude_alone_is_taken_too(signal_spec: SignalSpec) -> None:
    magnitude = np.linalg.norm(ACC, axis=1).astype(np.float32)
    last = windows(run(signal_spec, recording([64], [32], acc_g=magnitude)))[-1]
    assert QualityReason.MOTION in last.quality[0].reasons


def test_an_accelerometer_that_never_speaks_holds_nothing_up_for_long(signal_spec: SignalSpec) -> None:
    events = run(signal_spec, packets(Modality.BVP, WAVE, 64.0, [64]))
    assert windows(events)[-1].end_ns == 50 * NS_PER_S
    assert len([e for e in events if isinstance(e, Beat)]) > 40


def test_reset_equals_new(signal_spec: SignalSpec) -> None:
    chain = Chain(signal_spec, PAIR)
    first = [e for item in recording([200], [9]) for e in chain.push(item)]
    chain.reset()
    assert_same([e for item in recording([200], [9]) for e in chain.push(item)], first)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.001, 0.2), st.integers(0, 99))
def test_lost_packets_never_raise_nor_outlast_themselves(
    signal_spec: SignalSpec, loss: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    items = recording([32], [16])
    calm = [i for i in items if random.uniform() > loss or i.time_ns > 25 * NS_PER_S]
    events = run(signal_spec, calm)
    late = [e.time_ns for e in events if isinstance(e, Beat) and 30 < e.time_ns / NS_PER_S < 39]
    whole = run(signal_spec, items)
    assert len(late) == len([e for e in whole if isinstance(e, Beat) and 30 < e.time_ns / NS_PER_S < 39])


@pytest.mark.parametrize(
    "modalities", [(Modality.ACC,), (Modality.ECG, Modality.ACC), (Modality.BVP, Modality.ACC, Modality.ACC)]
)
def test_acceleration_serves_a_pulse_wave_only(
    signal_spec: SignalSpec, modalities: tuple[Modality, ...]
) -> None:
    with pytest.raises(UsageError, match="beside bvp also acc"):
        Chain(signal_spec, modalities)


def test_an_impossible_rate_of_acceleration_is_refused(signal_spec: SignalSpec) -> None:
    slow = Samples(modality=Modality.ACC, time_ns=0, rate_hz=2.0, values=ACC[:10])
    with pytest.raises(RecordingError, match="acc: rate given: 2 Hz"):
        Chain(signal_spec, PAIR).push(slow)
