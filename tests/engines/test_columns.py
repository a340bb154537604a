"""Columns that are kept: their sum is that of columns made anew, to the bit, however many came before."""

from __future__ import annotations

import numpy as np

from edge_emotion.engines.columns import Columns

COUNT, WIDTH = 7, 5


def test_a_day_leaves_nothing_behind() -> None:
    random = np.random.default_rng(0)
    made = random.normal(scale=3.0, size=(2000, 1, WIDTH)).astype(np.float32)
    long, fresh = (Columns(COUNT, WIDTH) for _ in range(2))
    for column in made:
        long.push(column)
    for column in made[-COUNT:]:
        fresh.push(column)
    assert np.array_equal(long.but_oldest(), fresh.but_oldest())
    mean = made[1 - COUNT :].astype(np.float64).sum(axis=0) / COUNT
    np.testing.assert_allclose(fresh.but_oldest(), mean, rtol=0, atol=2.0**-22)
