"""One modality's stream on its way out: in time order, without overlap, every hole told."""

from __future__ import annotations

import math
from collections.abc import Callable

from edge_emotion.sources import SourceItem
from edge_emotion.types import NS_PER_S, FloatArray, Gap, GapCause, Modality, Samples

TOLERANCE_SAMPLES = 2.0
TOLERANCE_SHARE = 0.02
"""A packet may be off by two samples and 2 % of its length: a Polar H10's rate is off by up to 1 % (polar-ble-sdk issue 580)."""


class Track:
    """Puts samples and gaps of one modality out.

    Attributes
    ----------
    received
        Packets with samples so far, for the stall watchdog.
    """

    def __init__(self, modality: Modality, put: Callable[[SourceItem], None]) -> None:
        self.modality = modality
        self.received = 0
        self._put = put
        self._next_ns: int | None = None
        self._hole: GapCause | None = None

    def add(self, *, time_ns: int, rate_hz: float, values: FloatArray, sequence: int | None = None) -> None:
        """Regular samples, the first of which was taken at ``time_ns``; those that were put out before are dropped."""
        self.received += 1
        period_ns = NS_PER_S / rate_hz
        if self._next_ns is not None:
            late_ns = time_ns - self._next_ns
            tolerance_ns = (TOLERANCE_SAMPLES + TOLERANCE_SHARE * len(values)) * period_ns
            if self._hole is not None or abs(late_ns) > tolerance_ns:
                self._gap(time_ns, self._hole or GapCause.LOST)
                skip = max(0, math.ceil(-late_ns / period_ns - 0.5))
                values, time_ns = values[skip:], time_ns + round(skip * period_ns)
        if len(values) == 0:
            return
        self._hole = None
        self._next_ns = time_ns + round(len(values) * period_ns)
        self._put(
            Samples(
                modality=self.modality, time_ns=time_ns, rate_hz=rate_hz, values=values, sequence=sequence
            )
        )

    def add_beats(self, *, time_ns: int, rr_ms: FloatArray) -> None:
        """RR intervals that came at ``time_ns``; several packets that come at once stay in order."""
        self.received += 1
        if self._next_ns is not None:
            if self._hole is not None:
                self._gap(time_ns - round(float(rr_ms.sum()) * 1e6), self._hole)
            time_ns = max(time_ns, self._next_ns + 1)
        self._hole = None
        self._next_ns = time_ns
        self._put(Samples(modality=self.modality, time_ns=time_ns, rate_hz=None, values=rr_ms))

    def restart(self) -> None:
        """The device's clock began anew: the next samples follow a gap of that cause, however short."""
        if self._next_ns is not None:
            self._gap(self._next_ns + 1, GapCause.CLOCK_RESTART)
            self._hole = GapCause.CLOCK_RESTART

    def cut(self, cause: GapCause) -> None:
        """The stream is interrupted: what is missing before the next samples, however little, is missing for ``cause``."""
        if self._next_ns is not None:
            self._hole = cause

    def silent(self, until_ns: int, cause: GapCause) -> None:
        """There are no samples up to ``until_ns``; nothing is told before the first sample."""
        if self._next_ns is not None and until_ns > self._next_ns:
            self._gap(until_ns, cause)
            self._hole = cause

    def _gap(self, end_ns: int, cause: GapCause) -> None:
        if self._next_ns is None or end_ns <= self._next_ns:
            return
        self._put(Gap(modality=self.modality, start_ns=self._next_ns, end_ns=end_ns, cause=cause))
        self._next_ns = end_ns
