"""Two sensors on one time: by how much the clocks that are followed for each of them disagree.

Their crystals are 100 ppm fast and 100 ppm slow, their packets come 20 ms late on average and in bursts after pauses of 200 ms.
"""

from __future__ import annotations

import numpy as np

from edge_emotion.sources.live.device_clock import DeviceClock
from edge_emotion.types import NS_PER_S

SENSORS = ((73 / 130, 100.0), (0.5, -100.0))
"""Seconds of a packet, ppm."""


def alignment_ms(after_s: float, length_s: float, pairs: int) -> dict[str, float]:
    """Largest disagreement from ``after_s`` on, of each of so many pairs of sensors: the worst and the median of them."""
    found = [_largest_ms(after_s, length_s, pair) for pair in range(pairs)]
    return {
        "pairs": pairs,
        "worst": max(found),
        "median": float(np.median(found)),
        "above_5_ms": sum(ms > 5 for ms in found),
    }


def _largest_ms(after_s: float, length_s: float, pair: int) -> float:
    errors = [
        _clock_error_s(length_s, packet_s, skew_ppm, len(SENSORS) * pair + sensor)
        for sensor, (packet_s, skew_ppm) in enumerate(SENSORS)
    ]
    moments_s = np.arange(after_s, length_s - 1, 1.0)
    first, second = (np.interp(moments_s, true_s, error_s) for true_s, error_s in errors)
    return float(np.abs(first - second).max() * 1e3)


def _clock_error_s(
    length_s: float, packet_s: float, skew_ppm: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """True times of packets and by how much the followed clock is off there."""
    generator = np.random.default_rng(seed)
    true_s = np.arange(1, round(length_s / packet_s)) * packet_s
    arrival_s = true_s + generator.exponential(0.020, len(true_s))
    phase_s = true_s % 10.0
    arrival_s = np.where(phase_s < 0.2, true_s - phase_s + 0.2, arrival_s)
    arrival_s = np.maximum.accumulate(arrival_s)
    device_s = 1000.0 + true_s * (1 + skew_ppm * 1e-6)
    clock = DeviceClock()
    hosts = [
        clock.align(
            device_ns=round(d * NS_PER_S),
            span_ns=round(packet_s * NS_PER_S),
            arrival_ns=round(a * NS_PER_S),
        ).host_ns
        for d, a in zip(device_s, arrival_s, strict=True)
    ]
    return true_s, np.array(hosts) / NS_PER_S - true_s
