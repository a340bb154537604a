"""The Lab Streaming Layer in and out, over real liblsl on this machine."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edge_emotion.clock import SystemClock
from edge_emotion.errors import DeviceError, DeviceReason, MissingExtraError, UsageError
from edge_emotion.sinks.lsl import LslSink
from edge_emotion.sources import SourceItem
from edge_emotion.sources.live.track import Track
from edge_emotion.sources.lsl import LslSource, StreamRequest
from edge_emotion.sources.lsl.counted import CountedStream
from edge_emotion.types import NS_PER_S, Abstention, Gap, GapCause, Modality, Report, Samples

ECG_HZ = 130.0
REPORT = Report(
    start_ns=0,
    end_ns=60 * NS_PER_S,
    label=None,
    abstention=Abstention.UNCERTAIN,
    probabilities={"rest": 0.5, "stress": 0.5},
    contributions={},
    quality=(),
    heart_rate_bpm=70.0,
    rmssd_ms=40.0,
    eda_us=2.0,
    scr_per_min=1.0,
    data_age_ms=0.0,
    latency_ms={},
)


def listen(
    *streams: str, count: int, meanwhile: Callable[[], None], patience_s: float = 10.0
) -> list[Samples]:
    """Runs of samples until ``count`` values are there, while another thread sends."""

    async def read() -> list[Samples]:
        source = LslSource(tuple(map(StreamRequest.parse, streams)), SystemClock(), patience_s)
        sender = threading.Thread(target=meanwhile, daemon=True)
        sender.start()
        got: list[Samples] = []
        async for item in source:
            if isinstance(item, Samples):
                got.append(item)
            if sum(len(s.values) for s in got) >= count:
                await source.aclose()
        await asyncio.to_thread(sender.join)
        return got

    return asyncio.run(asyncio.wait_for(read(), 60))


def refused(stream: str) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        listen(stream, count=1, meanwhile=lambda: None, patience_s=0.1)
    return caught.value


def test_every_sample_arrives_once_in_millivolts(pylsl: Any, offer: Any) -> None:
    sender = offer("Strap", ECG_HZ, "ACC_X", "ECG", unit="microvolts")
    sent = np.stack([np.zeros(500), np.arange(500.0)], axis=1)
    began_s = pylsl.local_clock() - 5

    def send() -> None:
        for start in range(0, 500, 50):
            sender.send(sent[start : start + 50], began_s + (start + 49) / ECG_HZ)

    got = listen("ecg=Strap", count=500, meanwhile=send)
    assert np.array_equal(np.concatenate([s.values for s in got]), (sent[:, 1] / 1000).astype(np.float32))
    assert {(s.modality, s.rate_hz) for s in got} == {(Modality.ECG, ECG_HZ)}
    assert got[0].time_ns / NS_PER_S == pytest.approx(
        began_s, abs=0.05
    )  # on Linux LSL's clock is the monotonic one


def test_a_stream_is_found_by_its_type_and_told_its_unit(offer: Any) -> None:
    sender = offer("EmotiBit-1234", 15.0, "EA", kind="GSR")
    got = listen("eda=GSR:uS", count=30, meanwhile=lambda: sender.send(np.full((30, 1), 2.5)))
    assert np.concatenate([s.values for s in got]).tolist() == [2.5] * 30


def test_intervals_are_an_irregular_stream(offer: Any) -> None:
    sender = offer("Beats", 0.0, "RR", unit="seconds")
    got = listen("rr=Beats", count=3, meanwhile=lambda: sender.send(np.array([[0.8], [0.85], [0.9]])))
    assert np.concatenate([s.values for s in got]).tolist() == pytest.approx([800, 850, 900])


def test_what_the_sink_offers_the_source_reads(pylsl: Any) -> None:
    clock = SystemClock()
    sink = LslSink("out", ("rest", "stress"), clock.monotonic_ns)
    sink.open()
    first_ns = clock.monotonic_ns()
    values = np.linspace(1, 2, 60, dtype=np.float32)
    empty = Samples(modality=Modality.EDA, time_ns=first_ns, rate_hz=15.0, values=values[:1])
    sink.write(empty)  # makes the outlet; nobody listens yet

    def send() -> None:
        assert sink._outlets["eda"].wait_for_consumers(10)
        sink.write(Samples(modality=Modality.EDA, time_ns=first_ns, rate_hz=15.0, values=values))

    got = listen("eda=out-eda", count=60, meanwhile=send)
    sink.close()
    assert np.array_equal(np.concatenate([s.values for s in got]), values)
    assert got[0].time_ns == pytest.approx(
        first_ns, abs=50e6
    )  # LSL's clock probes on a busy machine; a sample is 67 ms


def test_reports_are_offered_with_what_they_abstain_from(pylsl: Any) -> None:
    sink = LslSink("said", ("rest", "stress"), None)
    sink.open()
    (found,) = pylsl.resolve_byprop("name", "said-report", timeout=10)
    inlet = pylsl.StreamInlet(found)
    inlet.open_stream(timeout=10)
    sink.write(REPORT)
    sample, stamp = inlet.pull_sample(timeout=10)
    assert inlet.info(timeout=10).get_channel_labels() == ["rest", "stress", "abstains"]
    sink.close()
    assert sample == [0.5, 0.5, 1.0]
    assert abs(stamp - pylsl.local_clock()) < 60


def test_a_stream_that_is_not_there(offer: Any) -> None:
    other = offer("Other", 15.0, kind="EDA")
    error = refused("ecg=Strap 7")
    assert error.reason is DeviceReason.NOT_FOUND
    assert "Other (EDA)" in str(error)
    assert "firewall" in str(error)
    del other


@pytest.mark.parametrize(
    ("request_text", "rate_hz", "labels", "message"),
    [
        ("ecg=Odd", 130.0, ("ECG",), "does not say its unit: add the unit, as in --stream ecg=Odd:uV"),
        ("eda=Odd", 15.0, ("A", "B"), "its channels are A, B: name one as Odd/CHANNEL"),
        ("eda=Odd/C:uS", 15.0, ("A", "B"), "name one"),
        ("eda=Odd:uS", 0.0, ("EDA",), "wanted is one with a sampling rate"),
        ("rr=Odd:ms", 4.0, ("RR",), "wanted is an irregular one"),
    ],
)
def test_streams_that_do_not_fit(
    offer: Any, request_text: str, rate_hz: float, labels: tuple[str, ...], message: str
) -> None:
    sender = offer("Odd", rate_hz, *labels)
    error = refused(request_text)
    assert error.reason is DeviceReason.REFUSED
    assert message in str(error)
    del sender


@pytest.mark.parametrize("text", ["ecg", "ecg=", "eeg=Muse", "eda=X:mV", "bvp=X:mV"])
def test_requests_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match=r"--stream"):
        StreamRequest.parse(text)


def test_two_streams_of_one_role_are_refused() -> None:
    with pytest.raises(UsageError, match="allowed: one of ecg"):
        LslSource((StreamRequest.parse("ecg=A:mV"), StreamRequest.parse("rr=B:ms")), SystemClock())


def test_without_pylsl_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(MissingExtraError, match=r"edge-emotion\[lsl\]"):
        LslSink("x", (), None)


def placed(stamps_s: list[float], count: int = 65) -> list[SourceItem]:
    """What becomes of half-second chunks of 130 Hz with these stamps."""
    out: list[SourceItem] = []
    counted = CountedStream(Track(Modality.ECG, out.append), ECG_HZ)
    for stamp_s in stamps_s:
        counted.add(np.zeros(count, dtype=np.float32), round(stamp_s * NS_PER_S))
    return out


def test_stamps_that_saw_up_and_down_do_not_move_the_samples() -> None:
    jitter_s = np.random.default_rng(0).uniform(0, 0.2, 200)
    out = placed([0.5 * (i + 1) + j for i, j in enumerate(jitter_s)])
    assert all(isinstance(item, Samples) for item in out)
    steps_s = np.diff([s.time_ns for s in out if isinstance(s, Samples)]) / NS_PER_S
    assert np.abs(steps_s - 0.5).max() < 0.003


def test_what_a_sender_lost_is_a_gap() -> None:
    out = placed([0.5, 1.0, 1.5, 11.5, 12.0])
    (gap,) = [item for item in out if isinstance(item, Gap)]
    assert gap.cause is GapCause.LOST
    assert (gap.end_ns - gap.start_ns) / NS_PER_S == pytest.approx(9.5, abs=0.02)
