"""A device's 32-bit counter of milliseconds, without its wrap after 49.7 days."""

from __future__ import annotations

NS_PER_MS = 1_000_000
WRAP_MS = 1 << 32


class DeviceMilliseconds:
    """Follows one counter."""

    def __init__(self) -> None:
        self._last_ms: int | None = None

    def to_ns(self, counter_ms: int) -> int:
        """Device time in ns: of all times that the counter may mean, the nearest to the last one, which may be later."""
        if self._last_ms is not None:
            half_ms = WRAP_MS // 2
            counter_ms = self._last_ms + (counter_ms - self._last_ms + half_ms) % WRAP_MS - half_ms
        self._last_ms = counter_ms
        return counter_ms * NS_PER_MS
