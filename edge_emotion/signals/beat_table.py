"""Beats as columns: a window asks for eighty of them each second, and as many objects cost more than what is made of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_emotion.types import Beat, RrKind

_ROOM = 512


class BeatTable(NamedTuple):
    """Beats in order of time, one entry a beat.

    Parameters
    ----------
    times_ns
        Time of the beats.
    rr_ms
        Corrected intervals; NaN where a beat has none, which begins the series anew.
    amplitude
        NaN where only intervals are known.
    is_normal
        Whether the corrector left the interval alone.
    """

    times_ns: NDArray[np.int64]
    rr_ms: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    is_normal: NDArray[np.bool_]

    def since(self, start_ns: int) -> BeatTable:
        """Those that are not earlier."""
        kept = _places(self.times_ns >= start_ns)
        return BeatTable(self.times_ns[kept], self.rr_ms[kept], self.amplitude[kept], self.is_normal[kept])


class BeatHistory:
    """Beats of the last windows, in order of time."""

    def __init__(self) -> None:
        self._ns = np.empty((2, _ROOM), np.int64)  # of the beat, and of its decision
        self._measures = np.empty((2, _ROOM))
        self._is_normal = np.empty(_ROOM, np.bool_)
        self._first = self._end = 0

    def extend(self, beats: Iterable[Beat]) -> None:
        """Take the next beats."""
        for beat in beats:
            at = self._end if self._end < len(self._is_normal) else self._make_room()
            self._ns[0, at] = beat.time_ns
            self._ns[1, at] = beat.decided_ns
            self._measures[0, at] = math.nan if beat.rr_ms is None else beat.rr_ms
            self._measures[1, at] = beat.amplitude
            self._is_normal[at] = beat.kind is RrKind.NORMAL
            self._end = at + 1

    def between(self, start_ns: int, end_ns: int) -> BeatTable:
        """Beats in [start_ns, end_ns) that were decided before ``end_ns``."""
        now = slice(self._first, self._end)
        times_ns, decided_ns = self._ns[0, now], self._ns[1, now]
        kept = _places((times_ns >= start_ns) & (times_ns < end_ns) & (decided_ns < end_ns))
        rr_ms, amplitude = self._measures[0, now], self._measures[1, now]
        return BeatTable(times_ns[kept], rr_ms[kept], amplitude[kept], self._is_normal[now][kept])

    def forget(self, before_ns: int) -> None:
        """Drop beats before ``before_ns``."""
        while self._first < self._end and self._ns[0, self._first] < before_ns:
            self._first += 1

    def _make_room(self) -> int:
        """Move what is kept to the front, of larger columns if it fills more than half; the place of the next beat."""
        now, count = slice(self._first, self._end), self._end - self._first
        room = len(self._is_normal) * (2 if 2 * count > len(self._is_normal) else 1)
        ns, measures, is_normal = np.empty((2, room), np.int64), np.empty((2, room)), np.empty(room, np.bool_)
        ns[:, :count], measures[:, :count] = self._ns[:, now], self._measures[:, now]
        is_normal[:count] = self._is_normal[now]
        self._ns, self._measures, self._is_normal = ns, measures, is_normal
        self._first, self._end = 0, count
        return count


def _places(wanted: NDArray[np.bool_]) -> slice | NDArray[np.intp]:
    """Where ``wanted`` is true; as a slice, which copies nothing, where that is in one piece: nearly always."""
    at = wanted.nonzero()[0]
    if len(at) and at[-1] - at[0] + 1 == len(at):
        return slice(int(at[0]), int(at[-1]) + 1)
    return at
