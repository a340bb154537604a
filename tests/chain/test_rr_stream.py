"""A plain heart-rate strap as the cardiac stream."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_emotion.signals.chain import Chain
from edge_emotion.signals.rr.packets import DEAD_BAND_NS
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import NS_PER_S, Beat, Event, Gap, GapCause, Modality, Samples, Window


def strap(seconds: int, rr_ms: float = 800.0) -> list[Samples]:
    """A packet a second with the intervals that ended in it."""
    ends_ms = np.arange(rr_ms, seconds * 1000, rr_ms)
    counts = np.histogram(ends_ms, np.arange(0, seconds + 1) * 1000)[0]
    return [
        Samples(
            modality=Modality.RR,
            time_ns=(second + 1) * NS_PER_S,
            rate_hz=None,
            values=np.full(count, rr_ms, np.float32),
        )
        for second, count in enumerate(counts)
    ]


def run(spec: SignalSpec, items: list[Samples | Gap]) -> list[Event]:
    chain = Chain(spec, (Modality.RR,))
    return [event for item in items for event in chain.push(item)]


def test_windows_know_the_heart_rate_of_a_strap(signal_spec: SignalSpec) -> None:
    last = [e for e in run(signal_spec, list(strap(120))) if isinstance(e, Window)][-1]
    assert last.tensors["cardiac"][0].mean() == pytest.approx(75.0)
    assert last.quality[0].index > 0.9


def test_beats_follow_each_other_by_exactly_the_intervals(signal_spec: SignalSpec) -> None:
    beats = [e for e in run(signal_spec, list(strap(30))) if isinstance(e, Beat)]
    assert {b.time_ns - a.time_ns for a, b in pairwise(beats)} == {800_000_000}


def test_a_gap_breaks_the_series_and_late_packets_are_dropped(signal_spec: SignalSpec) -> None:
    packets = strap(90)
    gap = Gap(modality=Modality.RR, start_ns=30 * NS_PER_S, end_ns=60 * NS_PER_S, cause=GapCause.STALLED)
    events = run(signal_spec, [*packets[:30], gap, *packets[35:]])
    inside = [e for e in events if isinstance(e, Beat) and 31 * NS_PER_S < e.time_ns < 58 * NS_PER_S]
    assert not inside
    assert sum(isinstance(e, Beat) and e.rr_ms is None for e in events) == 2


def radio(packets: list[Samples], share: float, seed: int) -> list[Samples]:
    """As a bad link delivers: some packets never, some twice, some after their successor."""
    random = np.random.default_rng(seed)
    arriving: list[Samples] = []
    for packet in packets:
        luck = random.uniform() / share
        late_ns = int(random.exponential(0.05) * NS_PER_S)
        if luck >= 1 / 3:
            arriving.append(replace(packet, time_ns=packet.time_ns + late_ns))
        if 1 / 3 <= luck < 2 / 3:
            arriving.append(replace(packet, time_ns=packet.time_ns + late_ns + NS_PER_S // 20))
    for at in np.flatnonzero(random.uniform(size=len(arriving) - 1) < share / 3).tolist():
        arriving[at], arriving[at + 1] = arriving[at + 1], arriving[at]
    return arriving


@settings(max_examples=25, deadline=None)
@given(st.floats(0.001, 0.2), st.integers(0, 999))
def test_a_bad_link_invents_no_interval_and_keeps_the_time(
    signal_spec: SignalSpec, share: float, seed: int
) -> None:
    rr_ms = np.random.default_rng(seed).normal(820, 35, 300).astype(np.float32)
    ends_ns = np.cumsum(rr_ms.astype(np.float64) * 1e6)
    clean = [
        Samples(
            modality=Modality.RR,
            time_ns=int(end_ns),
            rate_hz=None,
            values=rr_ms[k : k + 1].astype(np.float32),
        )
        for k, end_ns in enumerate(ends_ns)
    ]
    beats = [e for e in run(signal_spec, list(radio(clean, share, seed))) if isinstance(e, Beat)]
    known = {round(float(v), 3) for v in rr_ms}
    assert {round(m, 3) for b in beats for m in b.measured_rr_ms} <= known
    assert all(a.time_ns < b.time_ns or b.rr_ms is None for a, b in pairwise(beats))
    assert all(b.time_ns - b.decided_ns < DEAD_BAND_NS + NS_PER_S for b in beats)
    assert len(beats) > 0.7 * len(rr_ms) * (1 - share)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.001, 0.2), st.integers(0, 999))
def test_a_bad_minute_does_not_outlast_itself(signal_spec: SignalSpec, share: float, seed: int) -> None:
    packets = strap(240)
    events = run(signal_spec, [*packets[:30], *radio(packets[30:90], share, seed), *packets[90:]])
    last = [e for e in events if isinstance(e, Window)][-1]
    assert last.tensors["cardiac"][0].mean() == pytest.approx(75.0)
    assert last.quality[0].index > 0.9


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.floats(width=32), max_size=4), max_size=30))
def test_garbage_never_raises_and_reset_is_as_new(
    signal_spec: SignalSpec, garbage: list[list[float]]
) -> None:
    chain = Chain(signal_spec, (Modality.RR,))
    for k, values in enumerate(garbage):
        chain.push(
            Samples(
                modality=Modality.RR,
                time_ns=k * NS_PER_S,
                rate_hz=None,
                values=np.array(values, np.float32),
            )
        )
    chain.reset()
    beats = [e for item in strap(40) for e in chain.push(item) if isinstance(e, Beat)]
    assert repr(beats) == repr([e for e in run(signal_spec, list(strap(40))) if isinstance(e, Beat)])


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 0.0, 60_000.0])
def test_absurd_intervals_never_become_beats(signal_spec: SignalSpec, value: float) -> None:
    packets = strap(60)
    spoilt = Samples(
        modality=Modality.RR, time_ns=packets[20].time_ns, rate_hz=None, values=np.array([value], np.float32)
    )
    beats = [e for e in run(signal_spec, [*packets[:20], spoilt, *packets[21:]]) if isinstance(e, Beat)]
    assert all(b.rr_ms is None or 700 < b.rr_ms < 900 for b in beats)
