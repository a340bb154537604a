"""Time: reordering, drift, a whole day, and what must not change whatever the packets."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import beat_times_s, ecg_mv, eda_us, packets

from edge_emotion.signals.analysis import EDA_SETTLED_S
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.signals.timing.reorder import PACKETS
from edge_emotion.types import (
    NS_PER_S,
    Beat,
    Event,
    Gap,
    GapCause,
    Modality,
    QualityReason,
    Samples,
    Scr,
    Window,
)

ECG = ecg_mv(70.0)
EDA = eda_us(70.0)
BOTH = (Modality.ECG, Modality.EDA)


def run(spec: SignalSpec, items: list[Samples | Gap], modalities: tuple[Modality, ...] = BOTH) -> list[Event]:
    chain = Chain(spec, modalities)
    return [event for item in items for event in chain.push(item)]


def fingerprint(events: list[Event]) -> list[object]:
    """Every bit of every event, kind by kind."""
    kinds = [[e for e in events if isinstance(e, kind)] for kind in (Beat, Scr, Gap)]
    windows = [e for e in events if isinstance(e, Window)]
    bits = [
        (w.end_ns, w.quality, w.complete, {k: v.tobytes() for k, v in w.tensors.items()}) for w in windows
    ]
    return [*kinds, bits]


def mixed(ecg: list[Samples], eda: list[Samples], order: random.Random) -> list[Samples | Gap]:
    """Any interleaving that keeps each stream's own order and no stream more than 20 s ahead of the other."""
    queues, items = [list(ecg), list(eda)], []
    while any(queues):
        heads = [q[0].time_ns for q in queues if q]
        able = [q for q in queues if q and q[0].time_ns < min(heads) + 20 * NS_PER_S]
        items.append(order.choice(able).pop(0))
    return items


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=6),
    st.lists(st.integers(1, 12), min_size=1, max_size=6),
    st.integers(0, 999),
)
def test_any_partition_and_any_interleaving_is_bit_identical(
    signal_spec: SignalSpec, ecg_sizes: list[int], eda_sizes: list[int], order: int
) -> None:
    start_ns = 70_000_000
    cut = mixed(
        packets(Modality.ECG, ECG, 130.0, ecg_sizes),
        packets(Modality.EDA, EDA, 4.0, eda_sizes, start_ns),
        random.Random(order),
    )
    plain = mixed(
        packets(Modality.ECG, ECG, 130.0, [73]),
        packets(Modality.EDA, EDA, 4.0, [4], start_ns),
        random.Random(0),
    )
    assert fingerprint(run(signal_spec, cut)) == fingerprint(run(signal_spec, plain))


@pytest.mark.parametrize("modality", BOTH)
def test_a_packet_longer_than_all_memory_changes_nothing(signal_spec: SignalSpec, modality: Modality) -> None:
    values, rate = (ecg_mv(200.0), 130.0) if modality is Modality.ECG else (eda_us(200.0), 4.0)
    whole = run(signal_spec, list(packets(modality, values, rate, [len(values)])), (modality,))
    small = run(signal_spec, list(packets(modality, values, rate, [1 if rate < 10 else 13])), (modality,))
    assert fingerprint(whole) == fingerprint(small)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 40), st.integers(1, PACKETS - 1))
def test_reordering_within_the_bound_changes_nothing(signal_spec: SignalSpec, at: int, late: int) -> None:
    items = packets(Modality.ECG, ECG, 130.0, [130])
    swapped = list(items)
    swapped.insert(at + late, swapped.pop(at))
    assert fingerprint(run(signal_spec, list(swapped), (Modality.ECG,))) == fingerprint(
        run(signal_spec, list(items), (Modality.ECG,))
    )


def test_later_than_the_bound_is_a_gap_and_is_counted(signal_spec: SignalSpec) -> None:
    items = packets(Modality.ECG, ECG, 130.0, [130])
    late = items.pop(20)
    chain = Chain(signal_spec, (Modality.ECG,))
    events = [
        e for item in [*items[: 20 + PACKETS], late, late, *items[20 + PACKETS :]] for e in chain.push(item)
    ]
    assert [(g.start_ns // NS_PER_S, g.end_ns // NS_PER_S) for g in events if isinstance(g, Gap)] == [
        (20, 21)
    ]
    assert chain.dropped == {Modality.ECG: 260}
    found_s = np.array([b.time_ns / NS_PER_S for b in events if isinstance(b, Beat)])
    truth = beat_times_s(70.0)
    assert max(np.abs(found_s - t).min() for t in truth[(truth > 25) & (truth < 65)]) < 0.01


@pytest.mark.parametrize("skew", [-0.01, -2e-4, 2e-4, 0.01])
def test_beats_of_a_drifting_sensor_keep_its_own_time(signal_spec: SignalSpec, skew: float) -> None:
    """The device samples at 130 Hz * (1 + skew), and its stamps say so."""
    items = [
        replace(p, time_ns=round(p.time_ns / (1 + skew)))
        for p in packets(Modality.ECG, ecg_mv(180.0), 130.0, [73])
    ]
    events = run(signal_spec, list(items), (Modality.ECG,))
    assert not [e for e in events if isinstance(e, Gap)]
    found_s = np.array([b.time_ns / NS_PER_S for b in events if isinstance(b, Beat)])
    truth = beat_times_s(180.0) / (1 + skew)
    error_s = np.array(
        [found_s[np.abs(found_s - t).argmin()] - t for t in truth[(truth > 60) & (truth < 170)]]
    )
    assert np.abs(error_s - np.median(error_s)).max() < 0.003
    assert abs(np.median(error_s)) < 0.003


def test_after_a_gap_it_is_settling_for_as_long_as_it_takes(signal_spec: SignalSpec) -> None:
    gap = Gap(modality=Modality.EDA, start_ns=30 * NS_PER_S, end_ns=32 * NS_PER_S, cause=GapCause.LOST)
    eda = eda_us(180.0)
    items = packets(Modality.EDA, eda, 4.0, [4])
    windows = [
        e for e in run(signal_spec, [*items[:30], gap, *items[32:]], (Modality.EDA,)) if isinstance(e, Window)
    ]
    settling = [w.end_ns // NS_PER_S for w in windows if QualityReason.SETTLING in w.quality[1].reasons]
    assert 50 in settling
    assert max(settling) <= 32 + EDA_SETTLED_S + 60


def one_day(spec: SignalSpec, hours: int) -> Iterator[tuple[int, int, Chain, list[Event]]]:
    """A pulse of exactly 0.8 s at 130 Hz, stamped from integers; most hours are skipped over by a declared gap."""
    chain = Chain(spec, (Modality.ECG,))
    minute = 60 * 130
    values = ecg_comb(minute)
    for hour in range(hours):
        first = hour * 3600 * 130
        start_ns = first * NS_PER_S // 130
        if hour:
            chain.push(Gap(modality=Modality.ECG, start_ns=0, end_ns=start_ns, cause=GapCause.STALLED))
        events: list[Event] = []
        for at in range(0, minute, 130):
            stamp_ns = start_ns + at * NS_PER_S // 130
            part = values[at : at + 130]
            events += chain.push(Samples(modality=Modality.ECG, time_ns=stamp_ns, rate_hz=130.0, values=part))
        yield hour, start_ns, chain, events


def ecg_comb(count: int) -> np.ndarray:
    t = np.arange(count) / 130
    return np.exp(-0.5 * ((t % 0.8 - 0.4) / 0.012) ** 2).astype(np.float32)


def test_a_day_leaves_neither_errors_nor_memory(signal_spec: SignalSpec) -> None:
    places, sizes = [], []
    for _, start_ns, chain, events in one_day(signal_spec, 24):
        beats = [
            e.time_ns - start_ns
            for e in events
            if isinstance(e, Beat) and e.time_ns > start_ns + 20 * NS_PER_S
        ]
        phase_ms = np.array([(b % 800_000_000 - 400_000_000) / 1e6 for b in beats])
        places.append(float(np.abs(phase_ms).max()))
        sizes.append(len(pickle.dumps(chain._streams)))
    assert max(places) < 5.0  # where the detector sees the peak of this wave
    assert max(places) - min(places) < 1e-3
    assert max(sizes[2:]) < 1.05 * sizes[2]
    assert max(sizes) < 64 * 1024


@pytest.mark.parametrize("modality", BOTH)
@pytest.mark.parametrize("value", [0.0, 99.0, np.nan, np.inf])
def test_a_dead_signal_is_worth_nothing_at_the_second_report(
    signal_spec: SignalSpec, modality: Modality, value: float
) -> None:
    """Flat, at the rail or no number from 70 s on: windows of 60 s come every 5 s."""
    values, rate = (ecg_mv(95.0), 130.0) if modality is Modality.ECG else (eda_us(95.0), 4.0)
    values[round(70 * rate) :] = value
    events = run(signal_spec, list(packets(modality, values, rate, [round(rate)])), (modality,))
    quality = {
        e.end_ns // NS_PER_S: e.quality[0 if modality is Modality.ECG else 1]
        for e in events
        if isinstance(e, Window)
    }
    assert quality[70].index > 0.6
    if modality is Modality.ECG or value != 0.0:
        assert quality[80].index == 0.0
    assert quality[85].index == 0.0
    assert quality[85].reasons
