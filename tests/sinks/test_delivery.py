"""One slow or broken sink delays nobody, loses nothing silently, and takes nobody with it."""

from __future__ import annotations

import threading

import pytest

from edge_emotion.errors import RecordingError
from edge_emotion.sinks import SinkItem, Skipped
from edge_emotion.sinks.delivery import DirectSink, Keep, QueuedSink
from edge_emotion.sources import SensorEvent, SensorEventKind


def event(value: float) -> SensorEvent:
    return SensorEvent(time_ns=0, sensor="strap", kind=SensorEventKind.BATTERY, value=value)


class Stuck:
    """Takes one item and then waits until it is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.got: list[SinkItem] = []
        self.busy, self.let_go = threading.Event(), threading.Event()
        self.error, self.closed = error, False

    def open(self) -> None:
        pass

    def write(self, item: SinkItem) -> None:
        self.busy.set()
        assert self.let_go.wait(20)
        if self.error is not None:
            raise self.error
        self.got.append(item)

    def close(self) -> None:
        self.closed = True


def after_ten(sink: Stuck, keep: Keep) -> tuple[QueuedSink, list[str]]:
    """The first item is being written, three wait, six found no room."""
    told: list[str] = []
    queue = QueuedSink(sink, "view", told.append, keep=keep, room=3)
    queue.open()
    queue.write(event(0))
    assert sink.busy.wait(20)
    for n in range(1, 10):
        queue.write(event(n))
    return queue, told


def test_a_view_keeps_the_newest_and_is_told_how_many_it_missed():
    sink = Stuck()
    queue, told = after_ten(sink, Keep.NEWEST)
    sink.let_go.set()
    queue.close()
    assert sink.got == [event(0), Skipped(items=6), event(7), event(8), event(9)]
    assert (sink.closed, queue.skipped) == (True, 6)
    assert told == ["view was too slow: 6 items were left out"]


def test_a_record_keeps_what_waits_and_says_what_is_missing_behind_it():
    sink = Stuck()
    queue, _ = after_ten(sink, Keep.OLDEST)
    sink.let_go.set()
    queue.close()
    assert sink.got == [event(0), event(1), event(2), event(3), Skipped(items=6)]


@pytest.mark.parametrize("queued", [False, True])
def test_a_full_disk_is_told_once_and_nobody_else_notices(queued: bool):
    sink, told = Stuck(OSError(28, "No space left on device")), list[str]()
    sink.let_go.set()
    delivery = (QueuedSink if queued else DirectSink)(sink, "jsonl:x", told.append)
    delivery.open()
    for n in range(3):
        delivery.write(event(n))
    delivery.close()
    assert told == ["jsonl:x failed: No space left on device; the session goes on without it"]
    assert sink.closed


def test_what_a_sink_refuses_on_purpose_reaches_the_session():
    sink = Stuck(RecordingError("no"))
    queue, _ = after_ten(sink, Keep.NEWEST)
    sink.let_go.set()

    def go_on() -> None:
        for n in range(10_000_000):
            queue.write(event(n))

    with pytest.raises(RecordingError):
        go_on()
    queue.close()


def test_a_reader_that_went_away_ends_the_command():
    sink = Stuck(BrokenPipeError())
    sink.let_go.set()
    with pytest.raises(BrokenPipeError):
        DirectSink(sink, "standard output", print).write(event(0))


def test_items_that_a_sink_does_not_care_about_wake_nobody():
    sink = Stuck()
    queue = QueuedSink(sink, "view", print, kinds=(Skipped,))
    queue.open()
    queue.write(event(0))
    queue.close()
    assert sink.got == []
