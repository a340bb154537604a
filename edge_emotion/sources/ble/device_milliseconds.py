"""A device's 32-bit counter of milliseconds, without its wrap after 49.7 days."""

from __future__ import annotations

NS_PER_MS = 1_000_000
WRAP_MS = 1 << 32


class DeviceMilliseconds:
    """Follows one counter, from the moment that it was made; a counter that began anew wants a new object."""

    def __init__(self) -> None:
        self._wraps = 0
        self._last_ms = 0

    def to_ns(self, counter_ms: int) -> int:
        """Device time in ns; a step back by more than half of the range is a wrap."""
        if self._last_ms - counter_ms > WRAP_MS // 2:
            self._wraps += 1
        self._last_ms = counter_ms
        return (counter_ms + self._wraps * WRAP_MS) * NS_PER_MS
