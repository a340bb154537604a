"""A simple roofline (Williams, Waterman & Patterson, CACM 2009): peaks of one core with numpy, and the models under them.

The peaks are what numpy reaches here in float32, not what the CPU's maker claims; int8 kernels may lie above that roof.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from edge_emotion.bundle.reader import Bundle
from edge_emotion.profiling.job import PeakOutcome
from edge_emotion.profiling.result import Cell, Roofline, RooflinePoint

MATRIX = 512
BEYOND_CACHES_BYTES = 64 * 1024 * 1024
FLOAT_BYTES = 4


def peak_gflops(seconds: float) -> float:
    """Best rate of a float32 matrix product; the process must have been started with one BLAS thread."""
    a = np.ones((MATRIX, MATRIX), np.float32)
    out = np.empty_like(a)
    best_s = _best_s(lambda: np.matmul(a, a, out=out), seconds)
    return 2 * MATRIX**3 / best_s / 1e9


def copy_gbytes_per_s(size_bytes: int, seconds: float) -> float:
    """Best rate of copying ``size_bytes``: bytes read and written."""
    source = np.ones(max(1, size_bytes // FLOAT_BYTES), np.float32)
    target = source.copy()  # touched, so that no page is handed out while time runs
    best_s = _best_s(lambda: np.copyto(target, source), seconds)
    return 2 * source.nbytes / best_s / 1e9


def _best_s(call: Callable[[], object], seconds: float) -> float:
    best_s, end_s = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end_s or best_s == float("inf"):
        began_s = time.perf_counter()
        call()
        best_s = min(best_s, time.perf_counter() - began_s)
    return best_s


def roofline(bundle: Bundle, cells: tuple[Cell, ...], peak: PeakOutcome) -> Roofline:
    """Each model on one thread: 2 operations a MAC, over its median time. A manifest counts a window's MACs, not a hop's."""
    macs = bundle.manifest.model.macs
    moved = sum(int(np.prod(i.shape)) for i in bundle.manifest.inputs) * FLOAT_BYTES
    points = []
    for cell in cells:
        if cell.what != "model" or cell.form != "window" or cell.threads != 1 or macs <= 0:
            continue
        touched = cell.model_bytes + moved
        intensity = 2 * macs / touched
        achieved = 2 * macs / (cell.times.p50_ms * 1e6)
        roof = min(peak.gflops, intensity * peak.cache_gbytes_per_s)
        points.append(
            RooflinePoint(
                key=cell.key,
                macs=macs,
                bytes=touched,
                flops_per_byte=intensity,
                achieved_gflops=achieved,
                share_of_roof=achieved / roof,
            )
        )
    return Roofline(
        peak_gflops=peak.gflops,
        cache_gbytes_per_s=peak.cache_gbytes_per_s,
        memory_gbytes_per_s=peak.memory_gbytes_per_s,
        points=tuple(points),
    )
