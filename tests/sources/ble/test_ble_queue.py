"""What stands between the radio and the reader: the queue, the track, waiting."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import numpy as np
import pytest

from edge_emotion.clock import ScaledClock
from edge_emotion.sources import SourceItem
from edge_emotion.sources.ble.answers import Answers
from edge_emotion.sources.ble.waiting import within
from edge_emotion.sources.live.outbox import Outbox
from edge_emotion.sources.live.track import Track
from edge_emotion.types import Gap, GapCause, Modality, Samples

S = 1_000_000_000


def second_of(modality: Modality, start_s: int, rate_hz: float = 10.0) -> Samples:
    values = np.full(round(rate_hz), start_s, dtype=np.float32)
    return Samples(modality=modality, time_ns=start_s * S, rate_hz=rate_hz, values=values)


async def test_a_slow_reader_gets_a_gap_for_what_it_missed() -> None:
    outbox = Outbox(size=4)
    for second in range(5):
        outbox.put(second_of(Modality.ECG, second))
        outbox.put(second_of(Modality.EDA, second))
    outbox.close()
    items = [await outbox.get() for _ in range(7)]
    assert outbox.dropped == 6
    for modality, gap in zip((Modality.ECG, Modality.EDA), items[:2], strict=True):
        assert gap == Gap(modality=modality, start_ns=0, end_ns=3 * S, cause=GapCause.LOST)
    assert [getattr(i, "time_ns", None) for i in items[2:]] == [3 * S, 3 * S, 4 * S, 4 * S, None]


async def test_dropped_intervals_and_gaps_are_told_too() -> None:
    outbox = Outbox(size=1)
    rr_ms = np.array([800, 700], dtype=np.float32)
    outbox.put(Samples(modality=Modality.RR, time_ns=2 * S, rate_hz=None, values=rr_ms))
    outbox.put(Gap(modality=Modality.RR, start_ns=2 * S, end_ns=5 * S, cause=GapCause.STALLED))
    outbox.put(second_of(Modality.EDA, 6))
    missed = await outbox.get()
    assert missed == Gap(modality=Modality.RR, start_ns=S // 2, end_ns=5 * S, cause=GapCause.LOST)


async def test_an_error_comes_after_what_was_there() -> None:
    outbox = Outbox()
    outbox.put(second_of(Modality.ECG, 0))
    outbox.fail(OSError("first"))
    outbox.fail(OSError("second"))
    assert isinstance(await outbox.get(), Samples)
    with pytest.raises(OSError, match="first"):
        await outbox.get()


def track_of(*starts_s: float) -> list[SourceItem]:
    """What a track gives for seconds of samples that begin at these times."""
    out: list[SourceItem] = []
    track = Track(Modality.ECG, out.append)
    for start_s in starts_s:
        track.add(time_ns=round(start_s * S), rate_hz=100.0, values=np.arange(100, dtype=np.float32))
    return out


def test_small_drift_is_no_gap() -> None:
    assert all(isinstance(i, Samples) for i in track_of(0, 1.01, 2.0, 2.99))


def test_a_lost_packet_is_a_gap() -> None:
    assert track_of(0, 2)[1] == Gap(modality=Modality.ECG, start_ns=S, end_ns=2 * S, cause=GapCause.LOST)


def test_repeated_samples_are_dropped() -> None:
    _, second = track_of(0, 0, 0.5)
    assert isinstance(second, Samples)
    assert (second.time_ns, second.values[0], len(second.values)) == (S, 50.0, 50)


def test_samples_from_inside_a_told_gap_are_dropped() -> None:
    out: list[SourceItem] = []
    track = Track(Modality.ECG, out.append)
    track.add(time_ns=0, rate_hz=100.0, values=np.zeros(100, dtype=np.float32))
    track.silent(3 * S, GapCause.STALLED)
    track.silent(4 * S, GapCause.STALLED)
    track.add(time_ns=round(3.25 * S), rate_hz=100.0, values=np.arange(100, dtype=np.float32))
    assert [(g.start_ns, g.end_ns) for g in out if isinstance(g, Gap)] == [(S, 3 * S), (3 * S, 4 * S)]
    assert isinstance(out[-1], Samples)
    assert (out[-1].time_ns, out[-1].values[0]) == (4 * S, 75.0)


def test_silence_before_the_first_sample_is_not_told() -> None:
    out: list[SourceItem] = []
    Track(Modality.ECG, out.append).silent(S, GapCause.DISCONNECTED)
    assert out == []


async def test_waiting_has_an_end() -> None:
    clock = ScaledClock(1000)
    with pytest.raises(TimeoutError, match="nothing within 20 s"):
        await within(clock, 20, asyncio.Event().wait())


async def test_waiting_gives_the_result_or_the_error() -> None:
    async def fail() -> None:
        raise KeyError("x")

    clock = ScaledClock(1000)
    assert await within(clock, 20, asyncio.sleep(0, "done")) == "done"
    with pytest.raises(KeyError):
        await within(clock, 20, fail())


async def test_what_is_no_answer_is_passed_over() -> None:
    """BlueZ delivers a plain read as a notification too (bleak pull request 1856)."""
    answers: Answers[bytes] = Answers(ScaledClock(1000), 20)

    async def command() -> None:
        for said in (b"\x0f\x05", b"\xf0\x01\x00", b"\xf0\x02\x00\x00"):
            answers.put(said)

    answers.put(b"\xf0\x02\x00\x06")  # of an earlier command
    assert await answers.to(command(), lambda said: said[:2] == b"\xf0\x02", "strap") == b"\xf0\x02\x00\x00"


async def test_what_nobody_asked_for_is_not_kept() -> None:
    gc.collect()
    answers: Answers[bytes] = Answers(ScaledClock(1000), 20)
    tracemalloc.start()
    try:
        for at in range(20_000):
            answers.put(b"\xf0\x02" + at.to_bytes(4))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 50_000


async def test_an_answer_of_several_parts() -> None:
    answers: Answers[bytes] = Answers(ScaledClock(1000), 20)

    async def command() -> None:
        for said in (b"a+", b"x", b"b+", b"c.", b"d."):
            answers.put(said)

    parts = await answers.parts(command(), lambda s: s != b"x", lambda s: s.endswith(b"+"), "strap")
    assert parts == [b"a+", b"b+", b"c."]
