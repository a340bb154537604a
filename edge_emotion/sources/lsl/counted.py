"""Samples placed by their number, not by the stamps of their chunks.

Senders stamp a chunk when it reaches them, so that stamps within a recording saw up and down by the radio's delay (pylsl issue
103, labstreaminglayer issue 63). Here the count of samples is the device's clock, and stamps are only what it is fitted to.
"""

from __future__ import annotations

from edge_emotion.sources.live.device_clock import DeviceClock
from edge_emotion.sources.live.track import Track
from edge_emotion.types import NS_PER_S, FloatArray

PAUSE_NS = NS_PER_S
"""A chunk whose last sample is later than this has lost what came before: LSL itself loses nothing, its senders do."""


class CountedStream:
    """Counts one regular stream onto its track."""

    def __init__(self, track: Track, rate_hz: float) -> None:
        self._track = track
        self._rate_hz = rate_hz
        self._clock = DeviceClock()
        self._counted = 0
        self._offset_ns: int | None = None

    def add(self, values: FloatArray, last_ns: int) -> None:
        """Put a chunk on the track, the last sample of which is stamped ``last_ns`` (host's clock)."""
        period_ns = NS_PER_S / self._rate_hz
        self._counted += len(values)
        if self._offset_ns is not None:
            late_ns = last_ns - round(self._counted * period_ns) - self._offset_ns
            if late_ns > PAUSE_NS:
                self._counted += round(late_ns / period_ns)
        count_ns = round(self._counted * period_ns)
        span_ns = round(len(values) * period_ns)
        aligned = self._clock.align(device_ns=count_ns, span_ns=span_ns, arrival_ns=last_ns)
        if aligned.restarted:
            self._track.restart()
        self._offset_ns = aligned.host_ns - count_ns
        first_ns = aligned.host_ns - round((len(values) - 1) * period_ns)
        self._track.add(time_ns=first_ns, rate_hz=self._rate_hz, values=values)
