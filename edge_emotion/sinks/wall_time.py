"""The wall's time of what is on the data's clock, for data bases. Tied together once: a clock that is set later bends nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

Nanoseconds = Callable[[], int]


class WallTime:
    """Turns times of the data's clock into Unix time.

    Parameters
    ----------
    host_axis
        Whether the data's clock is this machine's monotonic one; else its first time counts as now.
    monotonic_ns, unix_ns
        The machine's clocks.
    """

    def __init__(
        self,
        host_axis: bool,
        monotonic_ns: Nanoseconds = time.monotonic_ns,
        unix_ns: Nanoseconds = time.time_ns,
    ) -> None:
        self._unix_ns = unix_ns
        self._ahead_ns = unix_ns() - monotonic_ns() if host_axis else None

    def of(self, time_ns: int) -> int:
        """Unix time in nanoseconds."""
        if self._ahead_ns is None:
            self._ahead_ns = self._unix_ns() - time_ns
        return time_ns + self._ahead_ns
