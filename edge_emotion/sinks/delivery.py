"""Between a session and a sink: how long one may keep the other waiting, and what happens when a sink fails.

`DirectSink` writes in the session's own thread: a source that plays as fast as it goes waits for its slowest sink, and nothing
is lost. `QueuedSink` has a bounded queue and a thread: a live session never waits. What finds no room is left out, counted, told.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from edge_emotion.sinks import Sink, SinkItem, Skipped

VIEW_ROOM = 256
"""Half a minute of two sensors: who looks wants the present."""
RECORD_ROOM = 20_000
"""As the recorder's queue: about an hour of two sensors."""
LONGEST_CLOSE_S = 10.0

Tell = Callable[[str], None]


class Keep(StrEnum):
    """What a full queue keeps."""

    NEWEST = "newest"
    """For views: the oldest is left out."""
    OLDEST = "oldest"
    """For records: what waits is never thrown away, what finds no room is left out."""


class DirectSink:
    """Writes at once. A sink whose device fails is closed and told once; the session and the other sinks go on.

    Parameters
    ----------
    sink
        Where to.
    name
        For what is told.
    tell
        Called with one line when the sink failed or was too slow; for `QueuedSink` in the sink's thread.
    kinds
        Classes of items that the sink cares about.

    Attributes
    ----------
    failure
        Why it no longer takes anything.
    """

    def __init__(self, sink: Sink, name: str, tell: Tell, kinds: tuple[type, ...] = (object,)) -> None:
        self._sink = sink
        self.name = name
        self._tell = tell
        self._kinds = kinds
        self.failure: OSError | None = None

    def open(self) -> None:
        self._sink.open()

    def write(self, item: SinkItem) -> None:
        if self.failure is None and isinstance(item, self._kinds):
            self._deliver(item)

    def close(self) -> None:
        try:
            self._sink.close()
        except OSError as error:
            self._fail(error)

    def _deliver(self, item: SinkItem) -> None:
        try:
            self._sink.write(item)
        except BrokenPipeError:  # whoever read our output went away: that ends a command
            raise
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        if self.failure is None:
            self.failure = error
            self._tell(f"{self.name} failed: {error.strerror or error}; the session goes on without it")


class QueuedSink(DirectSink):
    """Takes items at once and writes them in a thread of its own.

    Parameters
    ----------
    keep
        What is left out when the queue is full.
    room
        Items that may wait.

    Attributes
    ----------
    skipped
        Items left out so far.
    """

    def __init__(
        self,
        sink: Sink,
        name: str,
        tell: Tell,
        kinds: tuple[type, ...] = (object,),
        keep: Keep = Keep.NEWEST,
        room: int = VIEW_ROOM,
    ) -> None:
        super().__init__(sink, name, tell, kinds)
        self._keep = keep
        self._room = room
        self._waiting: deque[SinkItem] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._untold = 0
        self.skipped = 0
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        super().open()
        self._thread = threading.Thread(target=self._run, name=f"sink {self.name}", daemon=True)
        self._thread.start()

    def write(self, item: SinkItem) -> None:
        """Return at once.

        Raises
        ------
        BaseException
            What the sink raised on an earlier item, if it was no fault of its device.
        """
        if self._error is not None:
            raise self._error
        if self.failure is not None or not isinstance(item, self._kinds):
            return
        with self._changed:
            if len(self._waiting) >= self._room:
                self.skipped += 1
                self._untold += 1
                if self._keep is Keep.OLDEST:
                    return
                self._waiting.popleft()
            self._waiting.append(item)
            self._changed.notify()

    def close(self) -> None:
        """Write what waits and close; a sink that does not answer within ten seconds is left behind and told."""
        thread, self._thread = self._thread, None
        if thread is not None:
            with self._changed:
                self._closing = True
                self._changed.notify()
            thread.join(LONGEST_CLOSE_S)
            if thread.is_alive():
                waiting = len(self._waiting)
                self._tell(
                    f"{self.name} did not answer for {LONGEST_CLOSE_S:g} s; {waiting} items were not written"
                )
                return
        super().close()
        if self.skipped:
            self._tell(f"{self.name} was too slow: {self.skipped} items were left out")

    def _run(self) -> None:
        try:
            while (item := self._next()) is not None:
                if self.failure is None:
                    self._deliver(item)
        except BaseException as error:  # a thread has no caller: the session gets it with its next item
            self._error = error

    def _next(self) -> SinkItem | None:
        """The item to write now; ``None`` at the end."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            # Views missed what is older than all that waits, records what is newer.
            if self._untold and (self._keep is Keep.NEWEST or not self._waiting):
                told, self._untold = self._untold, 0
                return Skipped(items=told)
            return self._waiting.popleft() if self._waiting else None
