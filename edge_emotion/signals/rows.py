"""Rows of a series that never change once they are made: what a network is fed that keeps what it has seen.

A window that interpolates its series anew sees the newest seconds differently each time: a beat is decided up to three seconds
after it happened, and until then the series holds the beat before. Here a whole second of rows is made once,
`SignalSpec.final_after_s` after that second is over, from what was known then; each window takes the newest rows that are made.
Two windows then agree on every row that both hold, whatever the hop and the packets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import NS_PER_S, FloatArray

Maker = Callable[[int, int, int], FloatArray]
"""Start of the rows, ns; time before which something must have been known to count, ns; number of rows. Gives (channels, rows),
NaN where nothing is known."""


class FinalRows:
    """The rows of one role's series, second by second."""

    def __init__(self) -> None:
        self._seconds: deque[FloatArray] = deque()
        self._next_ns: int | None = None

    def window(self, end_ns: int, spec: SignalSpec, make: Maker) -> FloatArray:
        """The newest rows at ``end_ns``, shape (channels, steps), NaN where nothing was known; ends must not go back.

        Parameters
        ----------
        make
            Makes one second of rows.
        """
        seconds, rows = round(spec.window_s), round(spec.grid_hz)
        delay_ns = round((1 + spec.final_after_s) * NS_PER_S)
        newest_ns = end_ns // NS_PER_S * NS_PER_S
        first_ns = newest_ns - (seconds - 1) * NS_PER_S
        self._next_ns = first_ns if self._next_ns is None else max(self._next_ns, first_ns)
        while self._next_ns <= newest_ns:
            self._seconds.append(make(self._next_ns - delay_ns, self._next_ns, rows))
            self._next_ns += NS_PER_S
        while len(self._seconds) > seconds:
            self._seconds.popleft()
        return np.concatenate(self._seconds, axis=1)
