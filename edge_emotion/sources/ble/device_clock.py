"""Device time to host time by the lower envelope of (arrival - device time).

A packet can only be late, never early, so the least difference seen is the best estimate of the offset between the two
clocks. The estimate follows drift through a sliding window and is applied slowly, so that sample times carry no arrival
jitter. The offset is too large by the shortest time that a packet takes (milliseconds).

Deviation from a fitted line: no slope is estimated; at 20 ppm the window's edge costs about 1 ms.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edge_emotion.types import NS_PER_S

BUCKET_NS = 10 * NS_PER_S
BUCKETS = 6
"""The envelope is the minimum of the last minute: long enough to hold a prompt packet, short enough to follow drift."""

SLEW = 0.005
"""Applied per second of device time: 2.8 ms in a Polar frame of 561 ms, less than half a sample at 130 Hz, so the chain
sees drift and not a gap."""

JUMP_NS = 5 * NS_PER_S
"""Disagreement beyond which the device's clock must have been set or begun anew; less is lateness, for the first packet of
a stream may be held up by seconds."""

REPEATS = 3
"""So many frames in a row whose stamp does not advance are placed after each other (polar-ble-sdk issues 225, 387); more
mean that the clock was set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """A device time on the host's clock; ``restarted`` if it cannot be compared with earlier ones of this device."""

    host_ns: int
    restarted: bool = False


class DeviceClock:
    """Follows one device's clock."""

    def __init__(self) -> None:
        self._offset_ns: float | None = None
        self._last_ns = 0
        self._repeats = 0
        self._minima: deque[tuple[int, int]] = deque(maxlen=BUCKETS)

    def align(self, *, device_ns: int, span_ns: int, arrival_ns: int) -> Aligned:
        """Host time of the newest sample of a packet.

        Parameters
        ----------
        device_ns
            The device's time of that sample.
        span_ns
            How much time the packet's samples cover: where the stamp does not advance, the sample is this much later than
            the last one.
        arrival_ns
            Host time at which the packet came.
        """
        if self._offset_ns is None:
            return Aligned(host_ns=self._begin(device_ns, arrival_ns))
        if device_ns <= self._last_ns:
            self._repeats += 1
            if self._repeats > REPEATS or self._last_ns - device_ns > JUMP_NS:
                return Aligned(host_ns=self._begin(device_ns, arrival_ns), restarted=True)
            device_ns = self._last_ns + span_ns
        else:
            self._repeats = 0
        difference_ns = arrival_ns - device_ns
        if difference_ns < self._envelope_ns() - JUMP_NS:
            return Aligned(host_ns=self._begin(device_ns, arrival_ns), restarted=True)
        self._observe(device_ns, difference_ns)
        limit_ns = SLEW * (device_ns - self._last_ns)
        self._offset_ns += min(limit_ns, max(-limit_ns, self._envelope_ns() - self._offset_ns))
        self._last_ns = device_ns
        return Aligned(host_ns=device_ns + round(self._offset_ns))

    def _begin(self, device_ns: int, arrival_ns: int) -> int:
        self._minima.clear()
        self._repeats = 0
        self._last_ns = device_ns
        self._offset_ns = arrival_ns - device_ns
        self._observe(device_ns, arrival_ns - device_ns)
        return arrival_ns

    def _observe(self, device_ns: int, difference_ns: int) -> None:
        bucket = device_ns // BUCKET_NS
        if self._minima and self._minima[-1][0] == bucket:
            difference_ns = min(difference_ns, self._minima.pop()[1])
        self._minima.append((bucket, difference_ns))

    def _envelope_ns(self) -> int:
        return min(difference_ns for _, difference_ns in self._minima)
