"""Signals in real time through a session, as on a device: how busy it is, how old its reports are, how often it wakes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import numpy as np

from edge_emotion.bundle.manifest import Manifest
from edge_emotion.engines import Engine
from edge_emotion.profiling.inputs import PACKET_S, Inputs
from edge_emotion.profiling.job import StreamOutcome
from edge_emotion.profiling.process import Usage, memory, usage
from edge_emotion.profiling.result import Stream
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session
from edge_emotion.sinks import SinkItem
from edge_emotion.sources.replay.source import ReplaySource
from edge_emotion.types import NS_PER_S, Report, Samples


class WaitingClock:
    """A clock that stands at ``start_s`` until somebody first waits for it, and runs in real time from then on.

    So the wearer's reference is collected as fast as the machine can, and only then real time begins.
    """

    def __init__(self, start_s: float) -> None:
        self._start_ns = int(start_s * NS_PER_S)
        self.began: Usage | None = None

    def monotonic_ns(self) -> int:
        if self.began is None:
            return self._start_ns
        return self._start_ns + time.monotonic_ns() - self.began.wall_ns

    async def sleep(self, seconds: float) -> None:
        if self.began is None:
            self.began = usage()
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class AgeSink:
    """Keeps the age of each report once real time has begun, and stops the session at its end."""

    clock: WaitingClock
    end_ns: int
    ages_ms: list[float] = field(default_factory=list)
    session: Session | None = None

    def open(self) -> None:
        """Nothing to open."""

    def write(self, item: SinkItem) -> None:
        if self.clock.began is None or self.session is None:
            return
        if isinstance(item, Report):
            self.ages_ms.append(item.data_age_ms)
        elif isinstance(item, Samples) and item.time_ns >= self.end_ns:
            self.session.stop()

    def close(self) -> None:
        """Nothing to close."""


def stream(manifest: Manifest, engine: Engine, inputs: Inputs, seconds: float) -> StreamOutcome:
    """Feed ``seconds`` of the session in real time after its lead."""
    clock = WaitingClock(inputs.lead_s)
    pipeline = Pipeline(manifest, engine, inputs.modalities, clock)
    source = ReplaySource(inputs.recording, inputs.modalities, clock, PACKET_S)
    sink = AgeSink(clock, int((inputs.lead_s + seconds) * NS_PER_S))
    session = Session(source, pipeline, [sink], clock)
    sink.session = session
    asyncio.run(session.run())
    ended, began = usage(), clock.began or usage()
    held = memory()
    told = began.switches is not None and ended.switches is not None
    return StreamOutcome(
        began_ns=began.wall_ns,
        ended_ns=ended.wall_ns,
        cpu_s=(ended.cpu_ns - began.cpu_ns) / NS_PER_S,
        ages_ms=sink.ages_ms,
        switches=(ended.switches or 0) - (began.switches or 0) if told else None,
        peak_rss_mb=held.peak_mb,
        steady_rss_mb=held.now_mb,
    )


def stream_figures(outcome: StreamOutcome, engine: str, precision: str, hop_s: float) -> Stream:
    """What a streamed stretch comes to; a report that is older than a hop is out after the next one is due."""
    seconds = (outcome.ended_ns - outcome.began_ns) / NS_PER_S
    ages = outcome.ages_ms
    p50, p99, most = (float(p) for p in np.percentile(ages, (50, 99, 100))) if ages else (None, None, None)
    return Stream(
        engine=engine,
        precision=precision,
        seconds=seconds,
        packet_s=PACKET_S,
        reports=len(outcome.ages_ms),
        duty_cycle=outcome.cpu_s / seconds,
        deadline_ms=hop_s * 1000,
        deadline_misses=sum(age > hop_s * 1000 for age in outcome.ages_ms),
        data_age_p50_ms=p50,
        data_age_p99_ms=p99,
        data_age_max_ms=most,
        wakeups_per_s=None if outcome.switches is None else outcome.switches / seconds,
        peak_rss_mb=outcome.peak_rss_mb,
        steady_rss_mb=outcome.steady_rss_mb,
    )
