"""Timing calls, and the figures of many times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from edge_emotion.profiling.plan import Plan
from edge_emotion.profiling.result import Distribution, Histogram

BINS = 48
_NS_PER_MS = 1e6
DIGITS = 6


def timed_ms(call: Callable[[int], object], plan: Plan) -> tuple[list[float], float]:
    """Wall time of each call, and CPU time per call, in ms; the call is told its number, so that it can vary its input."""
    for number in range(plan.warm_up):
        call(number)
    took_ms: list[float] = []
    cpu_began_ns = time.process_time_ns()
    end_ns = time.perf_counter_ns() + int(plan.seconds * 1e9)
    number = 0
    while number < plan.runs or time.perf_counter_ns() < end_ns:
        began_ns = time.perf_counter_ns()
        call(number)
        took_ms.append((time.perf_counter_ns() - began_ns) / _NS_PER_MS)
        number += 1
    cpu_ms = (time.process_time_ns() - cpu_began_ns) / _NS_PER_MS
    return took_ms, cpu_ms / max(number, 1)


def distribution(repeats_ms: Sequence[Sequence[float]], cpu_ms: Sequence[float]) -> Distribution:
    """Figures over all repeats together; medians of each repeat beside them."""
    together = np.concatenate([np.asarray(r, np.float64) for r in repeats_ms])
    p50, p90, p99 = np.percentile(together, (50, 90, 99))
    return Distribution(
        runs=len(together),
        min_ms=_kept(together.min()),
        p50_ms=_kept(p50),
        p90_ms=_kept(p90),
        p99_ms=_kept(p99),
        max_ms=_kept(together.max()),
        cpu_ms=_kept(np.median(cpu_ms)),
        repeats_ms=tuple(_kept(np.median(r)) for r in repeats_ms),
        histogram=histogram(together),
    )


def histogram(values_ms: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Histogram:
    """Counts on a logarithmic axis: the tail of a latency is as wide as its middle is narrow."""
    low = max(float(values_ms.min()), 1e-6)
    high = max(float(values_ms.max()), low * 1.01)
    edges = np.geomspace(low, high, BINS + 1)
    inside = np.clip(values_ms, edges[0], edges[-1])
    counts, _ = np.histogram(inside, edges)
    return Histogram(edges_ms=tuple(_kept(e) for e in edges), counts=tuple(int(c) for c in counts))


def _kept(value: float | np.floating) -> float:
    return round(float(value), DIGITS)
