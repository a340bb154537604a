"""Beat times from the packets of a plain heart-rate strap, which carry intervals but no clock.

Intervals are summed up from the arrival of the first packet. The sum is the better clock from beat to beat, arrival
the better one over minutes: as long as both agree within `DEAD_BAND_NS` the sum is kept and radio jitter leaves no
trace; beyond it intervals were lost or the strap's clock ran off, and the sum is anchored anew after a break.

A packet that came twice is known by two signs together: its intervals are those of the packet before, and with them the sum would
run ahead of arrival by more than it ever did of late. Either sign alone is ordinary: a steady heart, or a burst after a stall.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.types import NS_PER_S

VALID_MS = (200.0, 3000.0)
DEAD_BAND_NS = 3 * NS_PER_S
RECENT_PACKETS = 16
_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedBeat:
    """A beat of a strap; ``starts`` when the interval to the beat before is unknown: interrupt the corrector first."""

    time_ns: int
    decided_ns: int
    starts: bool


class RrPackets:
    """Turns packets of intervals into beats on the host's clock.

    The time of a beat can be off by the packet's travel plus up to `DEAD_BAND_NS`, and may lie that much after the
    arrival; differences of times are exact intervals within a run.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Be as new: the next packet is an anchor."""
        self._beat_ns: int | None = None
        self._before: list[float] = []
        self._lags_ns: deque[int] = deque(maxlen=RECENT_PACKETS)

    def push(self, arrival_ns: int, rr_ms: Sequence[float] | NDArray[np.float32]) -> list[TimedBeat]:
        """Beats of one packet, in order of time.

        Parameters
        ----------
        arrival_ns
            When the packet came, on the host's clock.
        rr_ms
            Shape (n,), oldest first; an interval outside of 200-3000 ms, or no number, breaks the run.
        """
        intervals = [float(v) for v in rr_ms]
        if not intervals:
            return []
        steps_ns = [round(v * _NS_PER_MS) if _valid(v) else None for v in intervals]
        total_ns = sum(step for step in steps_ns if step is not None)
        if self._came_before(intervals, arrival_ns, total_ns):
            return []
        self._before = intervals
        if self._beat_ns is not None and abs(self._beat_ns + total_ns - arrival_ns) > DEAD_BAND_NS:
            self._beat_ns = None
            self._lags_ns.clear()
        now_ns = self._beat_ns
        start_ns = arrival_ns - total_ns if now_ns is None else now_ns
        beats: list[TimedBeat] = []
        for step_ns in steps_ns:
            if step_ns is None:
                now_ns = None
                continue
            if now_ns is None:
                beats.append(TimedBeat(time_ns=start_ns, decided_ns=arrival_ns, starts=True))
            start_ns += step_ns
            now_ns = start_ns
            beats.append(TimedBeat(time_ns=now_ns, decided_ns=arrival_ns, starts=False))
        self._beat_ns = now_ns
        if now_ns is not None:
            self._lags_ns.append(arrival_ns - now_ns)
        return beats

    def _came_before(self, intervals: list[float], arrival_ns: int, total_ns: int) -> bool:
        if self._beat_ns is None or not self._lags_ns or intervals != self._before:
            return False
        return arrival_ns - self._beat_ns - total_ns < min(self._lags_ns) - total_ns // 2


def _valid(rr_ms: float) -> bool:
    return math.isfinite(rr_ms) and VALID_MS[0] <= rr_ms <= VALID_MS[1]
