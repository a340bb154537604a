"""What readers are told: the past, then the present, however slow they are."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from dashboard_facts import FACTS

from edge_emotion.dashboard.app import MOST_READERS
from edge_emotion.dashboard.feed import RECENT, Feed
from edge_emotion.runtime.state import SessionState, StateChange
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import NS_PER_S, Abstention, Modality, Samples

START_S = 1000


def samples(at_s: float, count: int = 65, value: float = 0.5, modality: Modality = Modality.ECG) -> Samples:
    values = np.full(count, value, np.float32)
    return Samples(
        modality=modality, time_ns=round((START_S + at_s) * NS_PER_S), rate_hz=130.0, values=values
    )


@pytest.fixture
def alone() -> Feed:
    return Feed(FACTS)


def items(message: bytes | None) -> list[dict]:
    assert message is not None
    return json.loads(message)["items"]


def test_a_reader_begins_with_the_past_and_goes_on_with_what_comes(alone: Feed):
    alone.write(samples(0))
    place, begin = alone.begin()
    assert json.loads(begin)["facts"]["labels"] == ["rest", "stress"]
    assert items(begin) == [
        {"type": "samples", "modality": "ecg", "rate_hz": 130.0, "time_s": 0.0, "values": [0.5] * 65}
    ]
    assert alone.since(place) == (place, None)
    alone.write(StateChange(time_ns=(START_S + 2) * NS_PER_S, state=SessionState.STALLED, reasons=("eda",)))
    (told,) = items(alone.since(place)[1])
    assert (told["time_s"], told["text"]) == (2.0, "stalled (eda)")


def test_who_is_too_far_behind_begins_anew(alone: Feed):
    place, _ = alone.begin()
    for n in range(RECENT + 1):
        alone.write(samples(n))
    later, message = alone.since(place)
    assert json.loads(message or b"")["type"] == "begin"
    assert alone.since(later) == (later, None)


def test_memory_is_bounded_and_samples_nobody_draws_are_not_kept(alone: Feed):
    for n in range(5_000):
        alone.write(samples(n, 1))
        alone.write(samples(n, 1, modality=Modality.ACC))
    assert len(alone.begin()[1]) < 100_000


def test_what_is_no_number_is_a_hole(alone: Feed):
    alone.write(samples(0, 2, float("nan")))
    assert items(alone.begin()[1])[0]["values"] == [None, None]


def test_words_are_those_of_the_terminal(alone: Feed, make_report):
    alone.write(samples(0))
    alone.write(make_report(START_S + 65, None, Abstention.POOR_QUALITY))
    report = items(alone.begin()[1])[-1]
    assert (report["end_s"], report["why"]) == (65.0, "signal too poor: check the sensors")


def test_batteries_are_kept_and_heart_rates_of_sensors_are_not(alone: Feed):
    for n in range(1000):
        for kind in (SensorEventKind.BATTERY, SensorEventKind.HEART_RATE):
            alone.write(SensorEvent(time_ns=n, sensor="strap", kind=kind, value=n))
    assert [i["value"] for i in items(alone.begin()[1])] == [999]


@contextmanager
def stream(port: int, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        link.request("GET", "/events", headers=headers)
        with link.getresponse() as answer:
            yield answer
    finally:
        link.close()


def test_events_arrive_while_the_session_runs(server, feed: Feed, cookie):
    with stream(server.port, cookie) as reading:
        assert json.loads(reading.readline()[6:])["type"] == "begin"
        feed.write(samples(0))
        reading.readline()
        assert json.loads(reading.readline()[6:])["items"][0]["modality"] == "ecg"


def test_a_session_that_is_begun_anew_goes_on_in_the_same_stream(server, feed: Feed, cookie):
    feed.write(samples(0))
    with stream(server.port, cookie) as reading:
        assert len(items(reading.readline()[6:])) == 1
        again = server.feed(FACTS)
        reading.readline()
        begin = json.loads(reading.readline()[6:])
        assert (begin["type"], begin["items"]) == ("begin", [])
        again.write(samples(7))
        reading.readline()
        assert len(items(reading.readline()[6:])) == 1


def test_too_many_readers_are_refused_and_room_is_made_when_they_leave(server, feed: Feed, cookie):
    with ExitStack() as links:
        for _ in range(MOST_READERS):
            reading = links.enter_context(stream(server.port, cookie))
            assert (reading.status, reading.readline()[:6]) == (200, b"data: ")
        with stream(server.port, cookie) as refused:
            assert refused.status == 503
    until = threading.Event()
    for _ in range(400):
        feed.write(samples(0))  # a stream notices with its next words that nobody listens
        if server._readers.count < MOST_READERS:
            break
        until.wait(0.05)
    assert server._readers.count < MOST_READERS


def test_a_reader_that_never_reads_holds_up_nobody(server, feed: Feed, cookie):
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stuck.connect(("127.0.0.1", server.port))
        head = f"GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie['Cookie']}\r\n\r\n"
        stuck.sendall(head.encode())
        for n in range(3 * RECENT):
            feed.write(samples(n))
        with stream(server.port, cookie) as reading:
            assert json.loads(reading.readline()[6:])["type"] == "begin"


def test_a_wearer_that_is_not_there_is_404(get, feed: Feed, cookie):
    assert get("/events?wearer=nobody", **cookie).code == 404
    assert json.loads(get("/wearers", **cookie).body) == ["anna"]
