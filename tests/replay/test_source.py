from __future__ import annotations

import asyncio

import numpy as np
import pytest

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion.sources import SourceItem
from edge_emotion.sources.replay.recording import Recording, Signal
from edge_emotion.sources.replay.source import ReplaySource
from edge_emotion.types import Gap, GapCause, Modality, Samples

BOTH = (Modality.ECG, Modality.EDA)


class StepClock:
    """Time moves only by sleeping."""

    def __init__(self) -> None:
        self.now_ns = 0

    def monotonic_ns(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


def played(source: ReplaySource) -> list[SourceItem]:
    async def collect() -> list[SourceItem]:
        return [item async for item in source]

    return asyncio.run(collect())


def joined(items: list[SourceItem], modality: Modality) -> np.ndarray:
    return np.concatenate([i.values for i in items if isinstance(i, Samples) and i.modality is modality])


@pytest.mark.parametrize("packet_s", [0.01, 0.3, 1.0])
def test_every_sample_once_whatever_the_packet(recording: Recording, packet_s: float):
    items = played(ReplaySource(recording, BOTH, packet_s=packet_s))
    for modality in BOTH:
        assert np.array_equal(joined(items, modality), recording.signal(modality).values)


def test_times_continue_from_packet_to_packet(recording: Recording):
    ecg = [i for i in played(ReplaySource(recording, BOTH, packet_s=0.7)) if isinstance(i, Samples)]
    ecg = [i for i in ecg if i.modality is Modality.ECG]
    expected = np.cumsum([0] + [len(i.values) for i in ecg[:-1]]) / 130 * 1e9
    assert [i.time_ns for i in ecg] == pytest.approx(expected.tolist(), abs=1)


def test_modalities_stay_within_a_packet_of_each_other(recording: Recording):
    reached = dict.fromkeys(BOTH, 0.0)
    for item in played(ReplaySource(recording, BOTH, packet_s=0.5)):
        assert isinstance(item, Samples)
        reached[item.modality] = item.time_ns / 1e9
        assert abs(reached[Modality.ECG] - reached[Modality.EDA]) <= 1.0


def test_a_shorter_signal_ends_with_a_gap_to_the_end_of_the_longer():
    long = Signal(modality=Modality.ECG, rate_hz=100.0, start_s=0.0, values=np.zeros(1000, np.float32))
    short = Signal(modality=Modality.EDA, rate_hz=4.0, start_s=1.0, values=np.zeros(8, np.float32))
    items = played(ReplaySource(Recording(name="r", signals=(long, short)), BOTH))
    gaps = [i for i in items if isinstance(i, Gap)]
    assert gaps == [
        Gap(modality=Modality.EDA, start_ns=3_000_000_000, end_ns=10_000_000_000, cause=GapCause.END)
    ]


def test_rr_comes_beat_by_beat(recording: Recording):
    items = played(ReplaySource(recording, (Modality.RR, Modality.EDA)))
    rr = [i for i in items if isinstance(i, Samples) and i.modality is Modality.RR]
    assert [i.time_ns for i in rr] == [round(t * 1e9) for t in recording.signal(Modality.RR).times_s]
    assert {(len(i.values), i.rate_hz) for i in rr} == {(1, None)}


def test_a_clock_holds_each_packet_back_until_its_last_sample(recording: Recording):
    clock = StepClock()

    async def lateness() -> list[float]:
        source = ReplaySource(recording, BOTH, clock)
        return [clock.now_ns - i.time_ns - len(i.values) / i.rate_hz * 1e9 async for i in source]

    assert np.abs(asyncio.run(lateness())).max() <= 2
    assert clock.now_ns == pytest.approx(20e9)


def test_refuses_long_packets_and_absent_signals(recording: Recording):
    with pytest.raises(UsageError, match="packet_s"):
        ReplaySource(recording, BOTH, packet_s=2)
    with pytest.raises(RecordingError, match="has no bvp signal; it holds ecg, eda, rr"):
        ReplaySource(recording, (Modality.BVP,))
