"""The rim around the pipeline: a source is read, the pipeline is pushed, the sinks are written. Nothing else is asynchronous."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from edge_emotion.clock import Clock
from edge_emotion.runtime.state import SessionState, StateTracker
from edge_emotion.sinks import Sink, SinkItem
from edge_emotion.sources import SensorEvent, SensorEventKind, Source
from edge_emotion.types import NS_PER_S, Beat, Event, Gap, GapCause, Modality, Report, Samples, Scr


class Pushed(Protocol):
    """What a session needs of a pipeline."""

    def push(self, item: Samples | Gap) -> Sequence[Event]:
        """Events that this item completes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """What happened in a session, in figures.

    Parameters
    ----------
    elapsed_s
        By the session's clock.
    samples
        Values delivered, by modality.
    lost_s
        Length of the gaps, by modality; the end of a recording is no loss.
    verdicts
        Number of reports by label or, where one abstained, by the reason.
    stopped
        Whether somebody asked it to stop before the source was at its end.
    states_s
        Seconds of data time in each state.
    """

    elapsed_s: float
    samples: Mapping[Modality, int]
    lost_s: Mapping[Modality, float]
    beats: int
    scrs: int
    reports: int
    verdicts: Mapping[str, int]
    bad_packets: int
    stopped: bool
    states_s: Mapping[SessionState, float]


class Session:
    """One run of a source through a pipeline into sinks.

    Parameters
    ----------
    source
        Iterated once and closed at the end, whatever happens.
    pipeline
        Gets every sample and gap.
    sinks
        Get the samples, everything that the pipeline made of them, the sensors' events and the session's states; opened and
        closed here. Whoever is slow stands behind a `edge_emotion.sinks.delivery.QueuedSink`: inference waits for no sink.
    clock
        Measures how long the session took; what is said depends on the data's own times alone.
    """

    def __init__(self, source: Source, pipeline: Pushed, sinks: Sequence[Sink], clock: Clock) -> None:
        self._source = source
        self._pipeline = pipeline
        self._sinks = sinks
        self._clock = clock
        self._task: asyncio.Task[object] | None = None
        self._stopping = False
        self._samples: Counter[Modality] = Counter()
        self._lost_s: defaultdict[Modality, float] = defaultdict(float)
        self._verdicts: Counter[str] = Counter()
        self._beats = 0
        self._scrs = 0
        self._bad_packets: dict[str, float] = {}
        self._tracker = StateTracker(source.modalities)

    async def run(self) -> SessionSummary:
        """Run until the source ends, somebody calls `stop`, or something fails.

        Raises
        ------
        EdgeEmotionError
            Whatever the source, the pipeline or a sink could not go on with; sinks are closed before.
        """
        began_ns = self._clock.monotonic_ns()
        self._task = asyncio.current_task()
        opened: list[Sink] = []
        try:
            for sink in self._sinks:
                sink.open()
                opened.append(sink)
            if not self._stopping:
                async for item in self._source:
                    self._take(item)
        except asyncio.CancelledError:
            if not self._stopping or self._task is None:
                raise
            self._task.uncancel()
        finally:
            self._task = None
            await self._source.aclose()
            _close_all(opened)
        return self._summary((self._clock.monotonic_ns() - began_ns) / NS_PER_S)

    @property
    def had_reports(self) -> bool:
        """Whether anything was said yet."""
        return bool(self._verdicts)

    def stop(self) -> None:
        """End the session in good order: sinks are closed, `run` returns. Safe to call from a signal handler of the loop."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()

    def _take(self, item: Samples | Gap | SensorEvent) -> None:
        if isinstance(item, SensorEvent):
            if item.kind is SensorEventKind.BAD_PACKET:
                self._bad_packets[item.sensor] = item.value or 0.0
            self._write(item)
            return
        if isinstance(item, Samples):
            self._samples[item.modality] += len(item.values)
            self._write(item)
        for event in self._pipeline.push(item):
            self._count(event)
            self._write(event)

    def _write(self, item: Samples | SensorEvent | Event) -> None:
        """To every sink; where the item changes the session's state, that comes after it."""
        self._hand_out(item)
        change = self._tracker.push(item)
        if change is not None:
            self._hand_out(change)

    def _hand_out(self, item: SinkItem) -> None:
        for sink in self._sinks:
            sink.write(item)

    def _count(self, event: Event) -> None:
        match event:
            case Beat():
                self._beats += 1
            case Scr():
                self._scrs += 1
            case Report():
                self._verdicts[str(event.abstention or event.label)] += 1
            case Gap() if event.cause is not GapCause.END:
                self._lost_s[event.modality] += (event.end_ns - event.start_ns) / NS_PER_S
            case _:
                pass

    def _summary(self, elapsed_s: float) -> SessionSummary:
        return SessionSummary(
            elapsed_s=elapsed_s,
            samples=dict(self._samples),
            lost_s=dict(self._lost_s),
            beats=self._beats,
            scrs=self._scrs,
            reports=sum(self._verdicts.values()),
            verdicts=dict(self._verdicts),
            bad_packets=int(sum(self._bad_packets.values())),
            stopped=self._stopping,
            states_s=self._tracker.spent_s,
        )


def _close_all(sinks: Sequence[Sink]) -> None:
    """Close each one, whatever the others raise; the first error counts."""
    with ExitStack() as stack:
        for sink in reversed(sinks):
            stack.callback(sink.close)


async def run_session(
    source: Source, pipeline: Pushed, sinks: Sequence[Sink], clock: Clock
) -> SessionSummary:
    """Run a session to the source's end; see `Session` for one that can be stopped."""
    return await Session(source, pipeline, sinks, clock).run()
