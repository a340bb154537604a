"""Device time to host time, smoothly: sample times follow the device's clock and carry no arrival jitter.

`edge_emotion.signals.timing.clock_fit` tells offset and skew; here they are applied slowly, and stamps that repeat or jump are
told apart. The offset is too large by the shortest time that a packet takes (milliseconds).
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion.signals.timing.clock_fit import ClockFit
from edge_emotion.types import NS_PER_S

SETTLE_S = 10.0
"""A new estimate is approached with this time constant, so that intervals between beats do not feel it."""

SLEW = 0.005
"""At most so much is applied per second of device time, beyond the skew: 2.8 ms in a Polar frame of 561 ms, less than half a
sample at 130 Hz, so the chain sees drift and not a gap."""

LARGEST_SLOPE = 0.01
"""Skew and correction together."""

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
        self._fit: ClockFit | None = None
        self._offset_ns = 0.0
        self._last_ns = 0
        self._repeats = 0

    @property
    def newest_ns(self) -> int:
        """Device time of the newest sample that was aligned; where stamps repeat, the time that stands in for theirs."""
        return self._last_ns

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
        if self._fit is None:
            return Aligned(host_ns=self._begin(device_ns, arrival_ns))
        if device_ns <= self._last_ns:
            self._repeats += 1
            if self._repeats > REPEATS or self._last_ns - device_ns > JUMP_NS:
                return Aligned(host_ns=self._begin(device_ns, arrival_ns), restarted=True)
            device_ns = self._last_ns + span_ns
        else:
            self._repeats = 0
        difference_ns = arrival_ns - device_ns
        if difference_ns < self._fit.offset_ns(device_ns) - JUMP_NS:
            return Aligned(host_ns=self._begin(device_ns, arrival_ns), restarted=True)
        self._fit.add(device_ns, difference_ns)
        self._offset_ns += self._change_ns(self._fit, device_ns)
        self._last_ns = device_ns
        return Aligned(host_ns=device_ns + round(self._offset_ns))

    def _begin(self, device_ns: int, arrival_ns: int) -> int:
        self._fit = ClockFit()
        self._fit.add(device_ns, arrival_ns - device_ns)
        self._repeats = 0
        self._last_ns = device_ns
        self._offset_ns = float(arrival_ns - device_ns)
        return arrival_ns

    def _change_ns(self, fit: ClockFit, device_ns: int) -> float:
        """How far the applied offset moves on the way from the last packet to this one."""
        passed_ns = device_ns - self._last_ns
        drift_ns = fit.skew * passed_ns
        missing_ns = fit.offset_ns(device_ns) - self._offset_ns - drift_ns
        share = min(1.0, passed_ns / (SETTLE_S * NS_PER_S))
        limit_ns = SLEW * passed_ns
        change_ns = drift_ns + min(limit_ns, max(-limit_ns, share * missing_ns))
        most_ns = LARGEST_SLOPE * passed_ns
        return min(most_ns, max(-most_ns, change_ns))
