"""Clocks that are handed in, so that a demo can run faster than real time and a test needs no patching."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic time and waiting."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since an arbitrary origin; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of this clock."""
        ...


class SystemClock:
    """The host's monotonic clock."""

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        import asyncio  # lazily: who pushes samples without a session needs none of it

        await asyncio.sleep(seconds)


class ScaledClock:
    """A clock that runs ``factor`` times as fast as the host's, from zero at construction."""

    def __init__(self, factor: float) -> None:
        if not factor > 0:
            raise ValueError(f"factor must be positive, got {factor}")
        self.factor = factor
        self._origin_ns = time.monotonic_ns()

    def monotonic_ns(self) -> int:
        return int((time.monotonic_ns() - self._origin_ns) * self.factor)

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds / self.factor)
