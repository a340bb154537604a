"""How much a wrist or hand moves, from its accelerometer: on the time axis, so that another stream can ask.

Rules of this file
------------------
- Movement is what changes: each axis loses its slow mean (gravity), the rest is summed over the axes and averaged over blocks
  of a quarter of a second. Turning the hand shows as well as shaking it.
- A question about [a, b] is answered from the blocks that end in (a, b], and only once all of them are known: the answer does
  not depend on packets.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.signals.biquad import LARGEST_VALUE
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.types import NS_PER_S, Event, FloatArray

RATES_HZ = (8.0, 1000.0)
GRAVITY_HZ = 0.5
"""Corner under which acceleration counts as posture."""

BLOCK_S = 0.25
BLOCK_NS = round(BLOCK_S * NS_PER_S)
"""No block lasts longer, so what ended this long before the newest sample is known."""

KEPT_NS = 120 * NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionBlock:
    """Root mean square of the movement over the block whose last sample is ``last_index``."""

    last_index: int
    rms_g: float


class MotionMeter:
    """Acceleration to movement, sample by sample; what is no number counts as a repetition of the sample before.

    Parameters
    ----------
    rate_hz
        Sampling rate, 8 to 1000 Hz.

    Raises
    ------
    RecordingError
        If the rate is outside of that.
    """

    def __init__(self, rate_hz: float) -> None:
        low, high = RATES_HZ
        if not low <= rate_hz <= high:
            raise RecordingError(
                f"acc: rate given: {rate_hz:g} Hz; allowed: {low:g} to {high:g} Hz: "
                "resample it, or leave the accelerometer out"
            )
        self._length = max(1, int(BLOCK_S * rate_hz))
        self._follow = -math.expm1(-2.0 * math.pi * GRAVITY_HZ / rate_hz)
        self.reset()

    def reset(self) -> None:
        """Be as new: the first sample sets gravity."""
        self._gravity: list[float] = []
        self._last: list[float] = []
        self._energy = 0.0
        self._count = 0

    def push(self, values_g: FloatArray | NDArray[np.float64]) -> list[MotionBlock]:
        """Blocks that these samples complete; shape (n, axes) or (n,), in g."""
        blocks: list[MotionBlock] = []
        for energy in self._energies(self._held(values_g)):
            self._energy += energy
            self._count += 1
            if self._count % self._length == 0:
                rms_g = math.sqrt(self._energy / self._length)
                blocks.append(MotionBlock(last_index=self._count - 1, rms_g=rms_g))
                self._energy = 0.0
        return blocks

    def _held(self, values_g: FloatArray | NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of numbers only; those at the start that no number precedes become zero."""
        count = len(values_g)
        rows = np.asarray(values_g, np.float64).reshape(count, -1 if count else 1)
        if count and len(self._last) != rows.shape[1]:
            self._last = [0.0] * rows.shape[1]
            self._gravity = []
        if not bool((np.abs(rows) <= LARGEST_VALUE).all()):
            rows = rows.copy()
            for k, good in enumerate(np.logical_and.reduce(np.abs(rows) <= LARGEST_VALUE, axis=1).tolist()):
                if not good:
                    rows[k] = rows[k - 1] if k else self._last
        if count:
            self._last = rows[-1].tolist()
        return rows

    def _energies(self, rows: NDArray[np.float64]) -> list[float]:
        """Squared distance from gravity, by sample."""
        energies = [0.0] * len(rows)
        if not self._gravity and len(rows):
            self._gravity = rows[0].tolist()
        for axis, column in enumerate(rows.T.tolist()):
            gravity = self._gravity[axis] if self._gravity else 0.0
            for k, value in enumerate(column):
                apart = value - gravity
                gravity += self._follow * apart
                energies[k] += apart * apart
            if self._gravity:
                self._gravity[axis] = gravity
        return energies


class MotionTrack:
    """Movement of the last two minutes on the time axis."""

    def __init__(self) -> None:
        self.known_ns: int | None = None
        self._blocks: deque[tuple[int, float]] = deque()

    def add(self, end_ns: int, rms_g: float) -> None:
        """The next block, by the time of its last sample."""
        self._blocks.append((end_ns, rms_g))
        while self._blocks[0][0] < end_ns - KEPT_NS:
            self._blocks.popleft()

    def largest_g(self, start_ns: int, end_ns: int) -> float | None:
        """Of the blocks that end in (start_ns, end_ns]; ``None`` where there is none."""
        inside = [rms_g for at_ns, rms_g in self._blocks if start_ns < at_ns <= end_ns]
        return max(inside, default=None)


class MotionAnalysis:
    """Accelerometer samples into a `MotionTrack`; gives no events of its own."""

    def __init__(self, track: MotionTrack) -> None:
        self._track = track
        self._meter: MotionMeter

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        self._meter = MotionMeter(rate_hz)
        return []

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        for block in self._meter.push(values):
            self._track.add(timeline.time_ns(block.last_index), block.rms_g)
        return []

    def forget(self, before_ns: int) -> None:
        """Nothing: the track bounds itself, and beats that still wait may ask about the past."""
