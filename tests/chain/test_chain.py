"""The chain as a whole: packets, gaps and resets must not change what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import beat_times_s, ecg_mv, eda_us, interleaved, packets

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import (
    NS_PER_S,
    Beat,
    Event,
    Gap,
    GapCause,
    Modality,
    QualityReason,
    Role,
    Samples,
    Scr,
    Window,
)

DURATION_S = 90.0
ECG = ecg_mv(DURATION_S)
EDA = eda_us(DURATION_S)
BOTH = (Modality.ECG, Modality.EDA)


def run(spec: SignalSpec, items: list[Samples | Gap], modalities: tuple[Modality, ...] = BOTH) -> list[Event]:
    chain = Chain(spec, modalities)
    return [event for item in items for event in chain.push(item)]


def recording(ecg: list[int], eda: list[int], ecg_values: np.ndarray = ECG) -> list[Samples | Gap]:
    return list(
        interleaved(
            packets(Modality.ECG, ecg_values, 130.0, ecg),
            packets(Modality.EDA, EDA, 4.0, eda, start_ns=70_000_000),
        )
    )


def of(kind: type, events: list[Event]) -> list[Event]:
    return [e for e in events if isinstance(e, kind)]


def assert_same(left: list[Event], right: list[Event]) -> None:
    """Bit-identical, kind by kind (two streams interleave as their packets do)."""
    for kind in (Beat, Scr, Gap):
        assert of(kind, left) == of(kind, right)
    for a, b in zip(of(Window, left), of(Window, right), strict=True):
        assert isinstance(a, Window)
        assert isinstance(b, Window)
        assert (a.start_ns, a.end_ns, a.quality, a.complete) == (b.start_ns, b.end_ns, b.quality, b.complete)
        for name in a.tensors:
            np.testing.assert_array_equal(a.tensors[name], b.tensors[name], strict=True)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=8),
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
)
def test_any_packetisation_gives_bit_identical_events(
    signal_spec: SignalSpec, ecg_sizes: list[int], eda_sizes: list[int]
) -> None:
    assert_same(run(signal_spec, recording(ecg_sizes, eda_sizes)), run(signal_spec, recording([73], [4])))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=6), st.integers(0, 9000), st.integers(1, 1500))
def test_holes_of_nan_are_gaps_whatever_the_packets(
    signal_spec: SignalSpec, sizes: list[int], start: int, length: int
) -> None:
    spoilt = ECG.copy()
    spoilt[start : start + length] = np.nan
    split = run(signal_spec, recording(sizes, [4], spoilt))
    assert_same(split, run(signal_spec, recording([73], [4], spoilt)))
    assert all(np.isfinite(t).all() for w in of(Window, split) for t in w.tensors.values())


def test_beats_and_responses_are_those_of_the_signal(signal_spec: SignalSpec) -> None:
    events = run(signal_spec, recording([73], [4]))
    found_s = np.array([b.time_ns / NS_PER_S for b in of(Beat, events)])
    truth = beat_times_s(DURATION_S)
    truth = truth[(truth > 5) & (truth < DURATION_S - 5)]
    assert max(np.abs(found_s - t).min() for t in truth) < 0.01
    assert len(of(Scr, events)) == 7


def test_one_window_a_hop_and_the_first_are_incomplete(signal_spec: SignalSpec) -> None:
    windows = of(Window, run(signal_spec, recording([73], [4])))
    assert [w.end_ns // NS_PER_S for w in windows] == list(range(5, 95, 5))
    assert [w.complete for w in windows] == [False] * 11 + [True] * 7


def test_windows_hold_physical_units(signal_spec: SignalSpec) -> None:
    last = of(Window, run(signal_spec, recording([73], [4])))[-1]
    assert isinstance(last, Window)
    assert last.tensors["cardiac"].shape == (2, 240)
    assert last.tensors["cardiac"][0].mean() == pytest.approx(75, abs=1.5)
    assert last.tensors["eda"][0].mean() == pytest.approx(EDA[-240:].mean(), abs=0.05)
    assert all(q.index > 0.8 for q in last.quality)


def test_a_lost_packet_is_reported_and_survived(signal_spec: SignalSpec) -> None:
    items = recording([130], [4])
    ecg = [i for i, item in enumerate(items) if item.modality is Modality.ECG]
    del items[ecg[40]]
    gaps = of(Gap, run(signal_spec, items))
    assert [(g.start_ns, g.end_ns) for g in gaps] == [(40 * NS_PER_S, 41 * NS_PER_S)]


def test_duplicates_change_nothing(signal_spec: SignalSpec) -> None:
    items = recording([130], [4])
    assert_same(run(signal_spec, [item for item in items for _ in range(2)]), run(signal_spec, items))


def test_reset_equals_new(signal_spec: SignalSpec) -> None:
    chain = Chain(signal_spec, BOTH)
    first = [e for item in recording([200], [9]) for e in chain.push(item)]
    chain.reset()
    assert_same([e for item in recording([200], [9]) for e in chain.push(item)], first)


def test_a_window_never_looks_ahead(signal_spec: SignalSpec) -> None:
    cut = 75 * 130
    later = ECG.copy()
    later[cut:] = 0
    full = of(Window, run(signal_spec, recording([1000], [40])))
    blind = of(Window, run(signal_spec, recording([1000], [40], later)))
    assert_same(
        [w for w in full if w.end_ns <= 75 * NS_PER_S], [w for w in blind if w.end_ns <= 75 * NS_PER_S]
    )


def test_a_silent_modality_is_declared_stalled_and_windows_go_on(signal_spec: SignalSpec) -> None:
    ecg = list(packets(Modality.ECG, ECG, 130.0, [130]))
    events = run(signal_spec, ecg)
    last = of(Window, events)[-1]
    assert isinstance(last, Window)
    assert last.end_ns == 60 * NS_PER_S
    assert QualityReason.MISSING in next(q.reasons for q in last.quality if q.role is Role.EDA)
    assert {g.cause for g in of(Gap, events)} == {GapCause.STALLED}


def test_a_declared_end_lets_the_last_windows_out(signal_spec: SignalSpec) -> None:
    end = Gap(modality=Modality.EDA, start_ns=0, end_ns=90 * NS_PER_S, cause=GapCause.END)
    windows = of(Window, run(signal_spec, [end, *packets(Modality.ECG, ECG, 130.0, [130])]))
    assert len(windows) == 18


@pytest.mark.parametrize("values", [np.full(4000, np.nan), np.zeros(4000), np.full(4000, 1e30)])
def test_garbage_never_raises_and_is_not_trusted(signal_spec: SignalSpec, values: np.ndarray) -> None:
    ecg = np.concatenate([values.astype(np.float32), ECG])
    events = run(signal_spec, recording([73], [4], ecg))
    first = next(w for w in of(Window, events) if w.end_ns == 30 * NS_PER_S)
    assert next(q.index for q in first.quality if q.role is Role.CARDIAC) < 0.5


def test_an_unknown_rate_is_refused_with_the_known_ones(signal_spec: SignalSpec) -> None:
    odd = replace(packets(Modality.ECG, ECG, 130.0, [100])[0], rate_hz=77.0)
    with pytest.raises(RecordingError, match="no filter for 77 Hz; this bundle accepts 100, 125"):
        run(signal_spec, [odd])


@pytest.mark.parametrize("modalities", [(), (Modality.ECG, Modality.BVP)])
def test_one_modality_a_role(signal_spec: SignalSpec, modalities: tuple[Modality, ...]) -> None:
    with pytest.raises(UsageError, match="allowed: one of ecg, bvp, rr"):
        Chain(signal_spec, modalities)
