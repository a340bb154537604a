"""Device time to host time."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.sources.live.device_clock import JUMP_NS, REPEATS, DeviceClock

FRAME_NS = 561_538_462
MS = 1_000_000


def align_all(devices_ns: list[int], arrivals_ns: list[int]) -> list[int]:
    clock = DeviceClock()
    return [
        clock.align(device_ns=d, span_ns=FRAME_NS, arrival_ns=a).host_ns
        for d, a in zip(devices_ns, arrivals_ns, strict=True)
    ]


@pytest.mark.parametrize("skew_ppm", [-100, 0, 100])
def test_jitter_goes_and_drift_is_followed(skew_ppm: int) -> None:
    jitter = np.random.default_rng(7).exponential(20 * MS, 2000).astype(int)
    true_ns = [i * FRAME_NS for i in range(2000)]
    devices_ns = [10**18 + round(t * (1 + skew_ppm * 1e-6)) for t in true_ns]
    hosts_ns = align_all(devices_ns, [t + int(j) for t, j in zip(true_ns, jitter, strict=True)])
    error_ms = (np.array(hosts_ns) - np.array(true_ns))[200:] / MS
    assert np.abs(error_ms).max() < 10
    assert np.abs(np.diff(hosts_ns) - FRAME_NS).max() <= 0.006 * FRAME_NS


def test_a_late_first_packet_is_made_up_for_slowly() -> None:
    devices_ns = [i * FRAME_NS for i in range(100)]
    hosts_ns = align_all(devices_ns, [2000 * MS, *devices_ns[1:]])
    assert hosts_ns[0] == 2000 * MS
    assert 0 < hosts_ns[-1] - devices_ns[-1] < 1800 * MS
    assert min(np.diff(hosts_ns)) > 0.99 * FRAME_NS


def test_a_burst_after_a_pause_does_not_move_the_clock() -> None:
    devices_ns = [i * FRAME_NS for i in range(60)]
    arrivals_ns = [max(d, 25 * FRAME_NS) if i >= 5 else d for i, d in enumerate(devices_ns)]
    assert align_all(devices_ns, arrivals_ns) == devices_ns


def test_repeated_stamps_are_placed_after_each_other() -> None:
    devices_ns = [0, FRAME_NS, FRAME_NS, FRAME_NS, 4 * FRAME_NS]
    arrivals_ns = [i * FRAME_NS for i in range(5)]
    assert align_all(devices_ns, arrivals_ns) == arrivals_ns


def test_a_clock_that_was_set_back_begins_anew() -> None:
    clock = DeviceClock()
    verdicts = []
    for i in range(REPEATS + 4):
        device_ns = i * FRAME_NS - (3 * FRAME_NS if i > 2 else 0) + FRAME_NS // 2
        verdicts.append(clock.align(device_ns=device_ns, span_ns=FRAME_NS, arrival_ns=i * FRAME_NS).restarted)
    assert verdicts.count(True) == 1


@pytest.mark.parametrize("jump_ns", [-2 * JUMP_NS, 2 * JUMP_NS, -(10**17)])
def test_a_jump_is_a_restart(jump_ns: int) -> None:
    clock = DeviceClock()
    clock.align(device_ns=10**18, span_ns=FRAME_NS, arrival_ns=0)
    after = clock.align(device_ns=10**18 + jump_ns, span_ns=FRAME_NS, arrival_ns=FRAME_NS)
    assert after.restarted
    assert after.host_ns == FRAME_NS
