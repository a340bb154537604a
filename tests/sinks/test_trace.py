from __future__ import annotations

import math

import pytest

from edge_emotion.sinks.picture.trace import Marks, Trace


def test_mean_per_bin_and_bins_that_widen():
    trace = Trace(1, bin_s=1.0, points=8)
    for second in range(32):
        trace.add(second, (float(second),))
    points = trace.column(0)
    assert len(points) < 8
    assert trace.bin_s == 8
    assert points[0] == (4.0, 3.5)
    assert sum(value for _, value in points) / len(points) == pytest.approx(15.5)


def test_unknown_figures_leave_the_mean_alone():
    trace = Trace(2, bin_s=1.0)
    trace.add(0.1, (1.0, math.nan))
    trace.add(0.2, (math.nan, math.nan))
    assert trace.column(0) == [(0.5, 1.0)]
    assert math.isnan(trace.column(1)[0][1])


def test_marks_are_thinned_and_counted():
    marks = Marks(points=10)
    for second in range(100):
        marks.add(second)
    assert marks.count == 100
    assert len(marks.times_s) < 10
    assert len({b - a for a, b in zip(marks.times_s, marks.times_s[1:], strict=False)}) == 1
