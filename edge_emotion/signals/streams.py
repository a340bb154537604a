"""One object per declared modality: packets in, events out, and the recent past that windows are cut from.

A stream owns its filters. A gap resets them: what was filtered before the gap says nothing about what comes after.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_emotion.signals.timeline import Placement, Timeline
from edge_emotion.types import NS_PER_S, Event, FloatArray, Gap, GapCause, Modality, Samples


class Analysis(Protocol):
    """What is done with uninterrupted samples of one modality."""

    def begin(self, rate_hz: float, time_ns: int) -> list[Event]:
        """Start afresh at ``time_ns``: the next sample has index 0. Gives the events that were still pending."""
        ...

    def run(self, values: FloatArray, timeline: Timeline) -> list[Event]:
        """Analyse the next samples; ``timeline`` already holds them."""
        ...

    def forget(self, before_ns: int) -> None:
        """Drop the past that no window needs any more."""
        ...


class Stream(Protocol):
    """One declared modality of the chain."""

    modality: Modality
    origin_ns: int | None
    watermark_ns: int | None

    def push(self, samples: Samples) -> list[Event]: ...

    def skip(self, gap: Gap) -> list[Event]: ...

    def forget(self, before_ns: int) -> None: ...


class SampleStream:
    """A regularly sampled modality.

    Parameters
    ----------
    modality
        What the samples measure.
    analysis
        Gets every finite sample once, in order; is begun again after each gap.

    Notes
    -----
    Non-finite samples are cut out as gaps: a NaN in a recursive filter would stay for ever.
    """

    def __init__(self, modality: Modality, analysis: Analysis) -> None:
        self.modality = modality
        self.origin_ns: int | None = None
        self.watermark_ns: int | None = None
        self._analysis = analysis
        self._timeline: Timeline | None = None
        self._hole_start_ns: int | None = None

    def push(self, samples: Samples) -> list[Event]:
        """Events that these samples complete.

        Raises
        ------
        RecordingError
            If the bundle has no filter for this sampling rate.
        """
        if len(samples.values) == 0 or samples.rate_hz is None:
            return []
        events: list[Event] = []
        timeline = self._timeline
        if timeline is None or timeline.rate_hz != samples.rate_hz:
            events += self._analysis.begin(samples.rate_hz, samples.time_ns)
            timeline = self._timeline = Timeline(samples.rate_hz)
            self._hole_start_ns = None
        placement = self._place(timeline, samples.time_ns, len(samples.values))
        values = samples.values[placement.skip :]
        if len(values) == 0:
            return events
        if placement.has_gap:
            events += self._restart(timeline, placement.gap_start_ns, placement.gap_end_ns)
        first_ns = samples.time_ns
        if placement.skip:
            first_ns = timeline.next_ns if timeline.started else self.watermark_ns or samples.time_ns
        if self.origin_ns is None:
            self.origin_ns = first_ns
        for run, finite in _runs(values):
            events += self._take(timeline, first_ns, run, finite)
            first_ns = timeline.next_ns
        self.watermark_ns = timeline.next_ns
        return events

    def skip(self, gap: Gap) -> list[Event]:
        """Take note that samples of [start, end) will not come."""
        start_ns = gap.start_ns if self.watermark_ns is None else max(gap.start_ns, self.watermark_ns)
        if gap.end_ns <= start_ns:
            return []
        if self.origin_ns is None:
            self.origin_ns = start_ns
        self.watermark_ns = gap.end_ns
        self._timeline = None
        return [Gap(modality=self.modality, start_ns=start_ns, end_ns=gap.end_ns, cause=gap.cause)]

    def forget(self, before_ns: int) -> None:
        self._analysis.forget(before_ns)

    def _place(self, timeline: Timeline, time_ns: int, count: int) -> Placement:
        """The timeline's verdict; after a declared gap, samples from inside of it come too late and are dropped."""
        if timeline.started or self.watermark_ns is None:
            return timeline.place(time_ns, count)
        stale = math.ceil((self.watermark_ns - time_ns) * timeline.rate_hz / NS_PER_S - 0.5)
        return Placement(skip=min(count, max(0, stale)))

    def _take(self, timeline: Timeline, time_ns: int, run: FloatArray, finite: bool) -> list[Event]:
        if not finite:
            if self._hole_start_ns is None:
                self._hole_start_ns = timeline.next_ns if timeline.started else time_ns
            timeline.take(time_ns, len(run))
            return []
        events: list[Event] = []
        if self._hole_start_ns is not None:
            time_ns = timeline.next_ns
            events = self._restart(timeline, self._hole_start_ns, time_ns)
        timeline.take(time_ns, len(run))
        return events + self._analysis.run(run, timeline)

    def _restart(self, timeline: Timeline, start_ns: int, end_ns: int) -> list[Event]:
        """Filters, detectors and time begin anew after a gap [start_ns, end_ns)."""
        timeline.restart()
        self._hole_start_ns = None
        pending = self._analysis.begin(timeline.rate_hz, end_ns)
        return [*pending, Gap(modality=self.modality, start_ns=start_ns, end_ns=end_ns, cause=GapCause.LOST)]


def _runs(values: FloatArray) -> Iterator[tuple[FloatArray, bool]]:
    """Cut into maximal runs of finite and of non-finite samples."""
    finite: NDArray[np.bool_] = np.isfinite(values)
    if finite.ndim > 1:
        finite = np.logical_and.reduce(finite, axis=1)
    edges = [0, *(np.flatnonzero(finite[1:] != finite[:-1]) + 1).tolist(), len(values)]
    for start, stop in pairwise(edges):
        yield values[start:stop], bool(finite[start])
