from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_emotion.signals.rr.packets import DEAD_BAND_NS, RrPackets

MS = 1_000_000
S = 1_000_000_000


def test_times_differ_by_the_intervals_whatever_the_jitter():
    packets = RrPackets()
    jitter_ms = np.random.default_rng(0).integers(0, 900, 60)
    beats = []
    for k in range(60):
        beats += packets.push(k * 800 * MS + int(jitter_ms[k]) * MS, [800.0])
    assert [b.starts for b in beats] == [True] + [False] * 60
    assert set(np.diff([b.time_ns for b in beats])) == {800 * MS}


def test_the_first_packet_ends_at_its_arrival():
    beats = RrPackets().push(10 * S, [900.0, 1000.0])
    assert [b.time_ns for b in beats] == [8100 * MS, 9000 * MS, 10 * S]
    assert {b.decided_ns for b in beats} == {10 * S}


def test_drift_beyond_the_dead_band_starts_anew():
    packets = RrPackets()
    packets.push(10 * S, [800.0])
    late = packets.push(10 * S + 800 * MS + DEAD_BAND_NS + 1, [800.0])
    assert [b.starts for b in late] == [True, False]
    assert late[-1].time_ns == 10 * S + 800 * MS + DEAD_BAND_NS + 1


def test_an_invalid_interval_breaks_the_run():
    beats = RrPackets().push(10 * S, [800.0, 65535.0, 810.0])
    assert [b.starts for b in beats] == [True, False, True, False]
    packets = RrPackets()
    packets.push(10 * S, [800.0, float("nan")])
    assert packets.push(11 * S, [800.0])[0].starts


def test_an_empty_packet_changes_nothing():
    packets = RrPackets()
    packets.push(10 * S, [800.0])
    assert packets.push(10 * S + 400 * MS, []) == []
    assert [b.starts for b in packets.push(10 * S + 800 * MS, [800.0])] == [False]


def test_a_packet_that_came_twice_counts_once():
    packets, rr_ms = RrPackets(), [812.3, 798.8, 805.7, 820.3, 791.0]
    beats = []
    for k in range(40):
        beats += packets.push((k + 1) * 805 * MS, [rr_ms[k % 5]])
        if k % 7 == 6:
            beats += packets.push((k + 1) * 805 * MS + 40 * MS, [rr_ms[k % 5]])
    assert len(beats) == 41


def test_equal_packets_of_a_steady_heart_are_no_repetition():
    packets = RrPackets()
    arrivals = [k * 800 * MS + (k % 3) * 150 * MS for k in range(1, 60)]
    assert len([b for t in arrivals for b in packets.push(t, [800.0])]) == 60


def test_a_burst_after_a_stall_is_no_repetition():
    packets = RrPackets()
    for k in range(1, 20):
        packets.push(k * 800 * MS, [800.0])
    burst = [b for _ in range(3) for b in packets.push(22 * 800 * MS, [800.0])]
    assert len(burst) == 3
    assert not any(b.starts for b in burst)


@given(st.lists(st.tuples(st.integers(0, 10**12), st.lists(st.floats(), max_size=5)), max_size=30))
def test_anything_gives_beats_that_never_raise(packets):
    used = RrPackets()
    for arrival_ns, rr_ms in packets:
        for beat in used.push(arrival_ns, rr_ms):
            assert beat.decided_ns == arrival_ns
            assert abs(beat.time_ns - arrival_ns) < DEAD_BAND_NS + 16 * S
    used.reset()
    assert used.push(5 * S, [800.0]) == RrPackets().push(5 * S, [800.0])
