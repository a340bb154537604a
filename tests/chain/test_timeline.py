"""Time comes from indices; packets are judged: on time, drifting, late, repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.types import NS_PER_S

RATE_HZ = 130.0


def stamp(index: int, start_ns: int = 0) -> int:
    return start_ns + round(index * NS_PER_S / RATE_HZ)


def started(count: int = 73) -> Timeline:
    timeline = Timeline(RATE_HZ)
    timeline.take(0, count)
    return timeline


@given(st.lists(st.integers(1, 200), min_size=1, max_size=30), st.integers(0, 10**15))
def test_time_of_a_sample_does_not_depend_on_the_packets(sizes: list[int], start_ns: int) -> None:
    split, whole = Timeline(RATE_HZ), Timeline(RATE_HZ)
    sent = 0
    for size in sizes:
        placement = split.place(stamp(sent, start_ns), size)
        assert not placement.has_gap
        assert placement.skip == 0
        split.take(stamp(sent, start_ns), size)
        sent += size
    whole.take(start_ns, sent)
    assert [split.time_ns(i + 0.25) for i in range(sent)] == [whole.time_ns(i + 0.25) for i in range(sent)]


def test_a_lost_packet_is_a_gap_of_its_exact_span() -> None:
    placement = started(73).place(stamp(146), 73)
    assert (placement.gap_start_ns, placement.gap_end_ns) == (stamp(73), stamp(146))


def test_a_repeated_packet_is_dropped_whole() -> None:
    assert started(73).place(0, 73).skip == 73


def test_an_overlapping_packet_loses_its_known_part() -> None:
    assert started(73).place(stamp(63), 73).skip == 10


@pytest.mark.parametrize("true_rate_hz", [128.7, 131.3])
def test_a_crystal_off_by_one_percent_is_followed_without_gaps(true_rate_hz: float) -> None:
    timeline = Timeline(RATE_HZ)
    for packet in range(500):
        time_ns = round(packet * 73 * NS_PER_S / true_rate_hz)
        placement = timeline.place(time_ns, 73)
        assert not placement.has_gap
        assert placement.skip == 0
        timeline.take(time_ns, 73)
    true_ns = round(500 * 73 * NS_PER_S / true_rate_hz)
    assert abs(timeline.next_ns - true_ns) < 2 * NS_PER_S / RATE_HZ
