from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from edge_emotion.clock import SystemClock
from edge_emotion.errors import RecordingError
from edge_emotion.runtime.session import Session, SessionSummary, run_session
from edge_emotion.runtime.state import StateChange
from edge_emotion.signals.chain import Chain
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.sinks import SinkItem
from edge_emotion.sources import SensorEvent, SensorEventKind, SourceItem
from edge_emotion.sources.replay.recording import Recording
from edge_emotion.sources.replay.source import ReplaySource
from edge_emotion.sources.simulator import SimulatorSource, as_recording
from edge_emotion.sources.until import Until
from edge_emotion.types import Beat, Gap, GapCause, Modality, Samples, Window

BOTH = (Modality.ECG, Modality.EDA)


class Given:
    """A source that delivers what it was given, and can then fail or wait for ever."""

    modalities = BOTH

    def __init__(
        self, items: Sequence[SourceItem], error: Exception | None = None, endless: bool = False
    ) -> None:
        self.items, self.error, self.endless, self.closed = items, error, endless, 0

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        for item in self.items:
            yield item
        if self.error:
            raise self.error
        if self.endless:
            await asyncio.get_running_loop().create_future()

    async def aclose(self) -> None:
        self.closed += 1


class Kept:
    def __init__(self) -> None:
        self.items: list[SinkItem] = []
        self.calls: list[str] = []

    def open(self) -> None:
        self.calls.append("open")

    def write(self, item: SinkItem) -> None:
        self.items.append(item)

    def close(self) -> None:
        self.calls.append("close")


def event(kind: SensorEventKind, value: float | None = None, sensor: str = "strap") -> SensorEvent:
    return SensorEvent(time_ns=0, sensor=sensor, kind=kind, value=value)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return as_recording(simulate(Protocol(phase=(Phase(name="rest", duration_s=70),)), seed=1))


def finished(source, spec: SignalSpec, *sinks: Kept) -> SessionSummary:
    return asyncio.run(run_session(source, Chain(spec, BOTH), sinks, SystemClock()))


def test_samples_events_and_windows_reach_every_sink(recording: Recording, signal_spec: SignalSpec):
    first, second = Kept(), Kept()
    summary = finished(ReplaySource(recording, BOTH), signal_spec, first, second)
    assert summary.samples == {Modality.ECG: 70 * 130, Modality.EDA: 70 * 15}
    assert summary.beats == sum(isinstance(i, Beat) for i in first.items) > 60
    assert sum(isinstance(i, Window) for i in first.items) == 14
    assert sum(len(i.values) for i in first.items if isinstance(i, Samples)) == 70 * 145
    assert len(first.items) == len(second.items)
    assert first.calls == ["open", "close"]


def test_losses_and_refused_packets_are_counted_and_ends_are_not(signal_spec: SignalSpec):
    gaps = [
        Gap(modality=Modality.ECG, start_ns=0, end_ns=2 * 10**9, cause=GapCause.DISCONNECTED),
        Gap(modality=Modality.EDA, start_ns=0, end_ns=2 * 10**9, cause=GapCause.END),
    ]
    bad = [event(SensorEventKind.BAD_PACKET, n, s) for n, s in ((1, "a"), (2, "a"), (5, "b"))]
    sink = Kept()
    summary = finished(Given([*gaps, *bad]), signal_spec, sink)
    assert summary.lost_s == {Modality.ECG: 2.0}
    assert summary.bad_packets == 7
    assert [i for i in sink.items if isinstance(i, SensorEvent)] == bad


def test_an_error_closes_sinks_and_source_and_is_raised(signal_spec: SignalSpec):
    source, sink = Given([], RecordingError("broken")), Kept()
    with pytest.raises(RecordingError, match="broken"):
        finished(source, signal_spec, sink)
    assert (sink.calls, source.closed) == (["open", "close"], 1)


def test_a_sink_that_cannot_open_leaves_the_others_closed(signal_spec: SignalSpec):
    class Broken(Kept):
        def open(self) -> None:
            raise RecordingError("no disk")

    source, first, last = Given([]), Kept(), Kept()
    with pytest.raises(RecordingError, match="no disk"):
        finished(source, signal_spec, first, Broken(), last)
    assert (first.calls, last.calls, source.closed) == (["open", "close"], [], 1)


def test_stop_ends_an_endless_session_in_good_order(signal_spec: SignalSpec):
    source, sink = Given([event(SensorEventKind.CONNECTED)], endless=True), Kept()

    async def stopped() -> SessionSummary:
        session = Session(source, Chain(signal_spec, BOTH), [sink], SystemClock())
        running = asyncio.create_task(session.run())
        while not sink.items:
            await asyncio.sleep(0)
        session.stop()
        return await running

    assert asyncio.run(stopped()).stopped
    assert (sink.calls, source.closed) == (["open", "close"], 1)
    assert [type(i) for i in sink.items] == [SensorEvent, StateChange]


def test_cancelling_from_outside_is_not_swallowed(signal_spec: SignalSpec):
    source, sink = Given([], endless=True), Kept()

    async def cancelled() -> None:
        running = asyncio.create_task(run_session(source, Chain(signal_spec, BOTH), [sink], SystemClock()))
        while not sink.calls:
            await asyncio.sleep(0)
        running.cancel()
        await running

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert sink.calls == ["open", "close"]


def test_until_ends_when_every_modality_is_there(signal_spec: SignalSpec):
    made = simulate(Protocol(phase=(Phase(name="rest", duration_s=30),)), seed=1)
    sink = Kept()
    summary = finished(Until(SimulatorSource(made), 10 * 10**9), signal_spec, sink)
    assert 10 * 130 <= summary.samples[Modality.ECG] <= 11 * 130
    assert 10 * 15 <= summary.samples[Modality.EDA] <= 11 * 15


def test_until_takes_a_gap_for_an_arrival(signal_spec: SignalSpec):
    gap = Gap(modality=Modality.EDA, start_ns=0, end_ns=10**10, cause=GapCause.STALLED)
    ecg = Samples(modality=Modality.ECG, time_ns=10**10, rate_hz=130.0, values=np.zeros(1, np.float32))
    source = Given([gap, ecg, event(SensorEventKind.CONNECTED)])
    sink = Kept()
    finished(Until(source, 10**10), signal_spec, sink)
    assert not any(isinstance(i, SensorEvent) for i in sink.items)
