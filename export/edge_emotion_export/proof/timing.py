"""How long one inference takes: a file beside its float peer, in turns, in this process.

A figure of this machine and this minute. It is printed and not kept in the bundle: a manifest with a time in it would never have
the same bytes twice (decision 051). ``edge-emotion benchmark`` measures a bundle on the device that it is for.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from edge_emotion.engines import Engine
from edge_emotion_export.artefact import Row

_ROUNDS, _CALLS = 15, 20


def median_us(engines: Sequence[Engine], row: Row) -> list[float]:
    """Median microseconds of one call of each engine, CPU time of this thread, measured in turns."""
    for engine in engines:
        for _ in range(_CALLS):
            engine.run(row)
    taken: list[list[float]] = [[] for _ in engines]
    for _ in range(_ROUNDS):
        for mine, engine in zip(taken, engines, strict=True):
            started = time.thread_time_ns()
            for _ in range(_CALLS):
                engine.run(row)
            mine.append((time.thread_time_ns() - started) / _CALLS / 1e3)
    return [float(np.median(mine)) for mine in taken]
