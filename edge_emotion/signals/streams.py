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

from edge_emotion.signals.timing.reorder import WaitingRoom
from edge_emotion.signals.timing.timeline import Placement, Timeline
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
    dropped: int

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

    Attributes
    ----------
    dropped
        Samples that came twice, or after their place had been declared a gap.

    Notes
    -----
    Non-finite samples are cut out as gaps: a NaN in a recursive filter would stay for ever. A packet that overtook another
    waits for it (`edge_emotion.signals.timing.reorder` states the bound).
    """

    def __init__(self, modality: Modality, analysis: Analysis) -> None:
        self.modality = modality
        self.origin_ns: int | None = None
        self.watermark_ns: int | None = None
        self.dropped = 0
        self._analysis = analysis
        self._begun = False
        self._timeline: Timeline | None = None
        self._waiting = WaitingRoom()
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
            if timeline is not None:
                events += self._release(timeline, None)
                events += self._end_hole(timeline)
            timeline = self._timeline = Timeline(samples.rate_hz)
            self._begun = False
        placement = self._place(timeline, samples)
        if placement.has_gap and timeline.started:
            if not self._waiting.add(samples):
                self.dropped += len(samples.values)
        else:
            events += self._put(timeline, samples, placement)
        return events + self._drain(timeline) if self._waiting else events

    def skip(self, gap: Gap) -> list[Event]:
        """Take note that samples of [start, end) will not come."""
        timeline = self._timeline
        events = self._release(timeline, gap.start_ns) if timeline is not None else []
        start_ns = gap.start_ns if self.watermark_ns is None else max(gap.start_ns, self.watermark_ns)
        if gap.end_ns <= start_ns:
            return events
        if timeline is not None:
            events += self._end_hole(timeline)
            timeline.restart()
        self._begun = False
        if self.origin_ns is None:
            self.origin_ns = start_ns
        self.watermark_ns = gap.end_ns
        events.append(Gap(modality=self.modality, start_ns=start_ns, end_ns=gap.end_ns, cause=gap.cause))
        return events + self._drain(timeline) if timeline is not None else events

    def forget(self, before_ns: int) -> None:
        self._analysis.forget(before_ns)

    def _place(self, timeline: Timeline, samples: Samples) -> Placement:
        """The timeline's verdict; after a declared gap, samples from inside of it come too late and are dropped."""
        count = len(samples.values)
        if timeline.started or self.watermark_ns is None:
            return timeline.place(samples.time_ns, count)
        stale = math.ceil((self.watermark_ns - samples.time_ns) * timeline.rate_hz / NS_PER_S - 0.5)
        if stale < 0:
            return Placement(gap_start_ns=self.watermark_ns, gap_end_ns=samples.time_ns)
        return Placement(skip=min(count, stale))

    def _drain(self, timeline: Timeline) -> list[Event]:
        """Let in the waiting packets whose turn has come."""
        events: list[Event] = []
        while self._waiting:
            placement = self._place(timeline, self._waiting.first)
            if placement.has_gap and timeline.started and not self._waiting.is_over(placement.gap_start_ns):
                break
            events += self._put(timeline, self._waiting.pop(), placement)
        return events

    def _release(self, timeline: Timeline, before_ns: int | None) -> list[Event]:
        """Let in the waiting packets stamped before ``before_ns``, or all: nothing older will come."""
        events: list[Event] = []
        while self._waiting and (before_ns is None or self._waiting.first.time_ns < before_ns):
            packet = self._waiting.pop()
            events += self._put(timeline, packet, self._place(timeline, packet))
        return events

    def _put(self, timeline: Timeline, samples: Samples, placement: Placement) -> list[Event]:
        self.dropped += placement.skip
        values = samples.values[placement.skip :] if placement.skip else samples.values
        if len(values) == 0:
            return []
        stamp_ns = samples.time_ns if placement.skip == 0 else None
        events: list[Event] = []
        if placement.has_gap:
            events = self._interrupt(timeline, placement.gap_start_ns, placement.gap_end_ns)
        if not timeline.started:
            # Half a sample before the end of a declared gap is no time to go back to.
            stamp_ns = (
                samples.time_ns if self.watermark_ns is None else max(samples.time_ns, self.watermark_ns)
            )
            if self.origin_ns is None:
                self.origin_ns = stamp_ns

        if np.count_nonzero(np.isfinite(values)) == len(values):
            events += self._take(timeline, stamp_ns, values)
        else:
            for run, finite in _runs(values, self.modality):
                events += (self._take if finite else self._take_hole)(timeline, stamp_ns, run)
                stamp_ns = None
        self.watermark_ns = timeline.next_ns
        return events

    def _take(self, timeline: Timeline, stamp_ns: int | None, run: FloatArray) -> list[Event]:
        events: list[Event] = []
        if self._hole_start_ns is not None:
            stamp_ns = timeline.next_ns
            events = self._interrupt(timeline, self._hole_start_ns, stamp_ns)
        timeline.take(stamp_ns, len(run))
        if not self._begun:
            events += self._analysis.begin(timeline.rate_hz, timeline.time_ns(0))
            self._begun = True
        return events + self._analysis.run(run, timeline)

    def _take_hole(self, timeline: Timeline, stamp_ns: int | None, run: FloatArray) -> list[Event]:
        """Samples that are no numbers: time goes on, nothing is known."""
        timeline.take(stamp_ns, len(run))
        if self._hole_start_ns is None:
            self._hole_start_ns = timeline.newest_ns(len(run))
        return []

    def _end_hole(self, timeline: Timeline) -> list[Event]:
        """Tell of a hole that nothing follows."""
        if self._hole_start_ns is None:
            return []
        start_ns, self._hole_start_ns = self._hole_start_ns, None
        return [Gap(modality=self.modality, start_ns=start_ns, end_ns=timeline.next_ns, cause=GapCause.LOST)]

    def _interrupt(self, timeline: Timeline, start_ns: int, end_ns: int) -> list[Event]:
        """Filters, detectors and time begin anew after a gap [start_ns, end_ns)."""
        if self._hole_start_ns is not None:
            start_ns, self._hole_start_ns = min(start_ns, self._hole_start_ns), None
        timeline.restart()
        pending: list[Event] = []
        if self._begun:
            pending = self._analysis.begin(timeline.rate_hz, end_ns)
        return [*pending, Gap(modality=self.modality, start_ns=start_ns, end_ns=end_ns, cause=GapCause.LOST)]


def _runs(values: FloatArray, modality: Modality) -> Iterator[tuple[FloatArray, bool]]:
    """Cut into maximal runs of finite and of non-finite samples."""
    finite: NDArray[np.bool_] = np.isfinite(values)
    if finite.ndim > 1:
        # A movement needs all its axes; an electrode that fell off does not silence the others.
        together = np.logical_or if modality is Modality.EEG else np.logical_and
        finite = together.reduce(finite, axis=1)
    edges = [0, *(np.flatnonzero(finite[1:] != finite[:-1]) + 1).tolist(), len(values)]
    for start, stop in pairwise(edges):
        yield values[start:stop], bool(finite[start])
