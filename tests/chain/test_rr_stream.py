"""A plain heart-rate strap as the cardiac stream."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from edge_emotion.signals.chain import Chain
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


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 0.0, 60_000.0])
def test_absurd_intervals_never_become_beats(signal_spec: SignalSpec, value: float) -> None:
    packets = strap(60)
    spoilt = Samples(
        modality=Modality.RR, time_ns=packets[20].time_ns, rate_hz=None, values=np.array([value], np.float32)
    )
    beats = [e for e in run(signal_spec, [*packets[:20], spoilt, *packets[21:]]) if isinstance(e, Beat)]
    assert all(b.rr_ms is None or 700 < b.rr_ms < 900 for b in beats)
