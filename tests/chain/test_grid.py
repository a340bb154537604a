"""Series on the absolute grid."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.signals.timing.grid import GridSeries, hold
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.types import NS_PER_S


def line(rate_hz: float, seconds: float, start_ns: int = 0) -> GridSeries:
    """The signal x(t) = t, sampled at ``rate_hz``."""
    series = GridSeries(1, 4.0, 30)
    for index in range(round(seconds * rate_hz)):
        time_ns = start_ns + round(index * NS_PER_S / rate_hz)
        series.push(time_ns, (time_ns / NS_PER_S,))
    return series


@pytest.mark.parametrize("rate_hz", [4.0, 15.5, 31.0, 700.0])
def test_a_straight_line_stays_one_at_any_rate(rate_hz: float) -> None:
    got = line(rate_hz, 12, start_ns=70_000_000).window(2 * NS_PER_S, 36)[0]
    np.testing.assert_allclose(got, 2 + np.arange(36) / 4, rtol=1e-6)


def test_unknown_steps_are_missing() -> None:
    got = line(15.0, 5).window(4 * NS_PER_S, 20)[0]
    assert not np.isnan(got[:3]).any()
    assert np.isnan(got[5:]).all()


def test_nothing_is_interpolated_across_an_interruption() -> None:
    series = line(15.0, 5)
    series.interrupt()
    series.push(8 * NS_PER_S, (8.0,))
    assert np.isnan(series.window(5 * NS_PER_S, 12)[0]).all()


def test_old_steps_leave_the_ring() -> None:
    assert np.isnan(line(4.0, 100).window(0, 20)[0]).all()


def test_hold_carries_the_last_known_value() -> None:
    held = hold(np.array([[np.nan, 1, np.nan, 3, np.nan], [np.nan] * 5], np.float32))
    np.testing.assert_array_equal(held, [[1, 1, 1, 3, 3], [0] * 5])


@pytest.mark.parametrize("skew", [-0.01, -2e-4, 2e-4, 0.01])
def test_the_grid_follows_the_true_rate_not_the_nominal_one(skew: float) -> None:
    """A sensor whose crystal is off, for an hour: the signal x(t) = t comes out as t."""
    timeline, series = Timeline(4.0), GridSeries(1, 4.0, 60)
    for packet in range(900):
        first_ns = round(packet * 16 * NS_PER_S / (4.0 * (1 + skew)))
        timeline.take(first_ns, 16)
        true_s = [(packet * 16 + k) / (4.0 * (1 + skew)) for k in range(16)]
        series.extend(timeline.times_ns(range(packet * 16, packet * 16 + 16)), [true_s])
    end_s = round(3600 / (1 + skew)) - 60
    got = series.window(end_s * NS_PER_S, 200)[0]
    np.testing.assert_allclose(got, end_s + np.arange(200) / 4, atol=2e-3)
