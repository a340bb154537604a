"""The recorder: takes records at once, writes them in a thread, and never makes anybody wait.

When the disk is full, gone or too small the recorder stops and says so once; whoever hands in records goes on as if nothing were.
"""

from __future__ import annotations

import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.recording.records import Dropped, Item, TimeAxis, encode
from edge_emotion.recording.sealing import Sealer
from edge_emotion.recording.settings import RecorderSettings
from edge_emotion.recording.writer import About, BudgetSpentError, LogWriter, ReadClocks

DISK_FAULTS = frozenset({errno.EROFS, errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG})
"""Faults of a disk, not of whoever named the folder: they stop recording, never the session."""
LONGEST_CLOSE_S = 30.0
BATCH_RECORDS = 2_000


def system_clocks() -> TimeAxis:
    """Both clocks of this machine."""
    return TimeAxis(monotonic_ns=time.monotonic_ns(), unix_ns=time.time_ns())


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped:
    """That recording stopped before the session did, and why.

    Parameters
    ----------
    records
        How many are on disk.
    """

    reason: str
    folder: Path
    records: int


class Recorder:
    """Records one session.

    Parameters
    ----------
    folder
        Folder of recordings.
    about
        For the header.
    settings
        Limits.
    clocks
        Both clocks.
    flushed
        Called in the writing thread with the number of records that the operating system has.
    sealer
        Encrypts the records; ``None``: they are plain.
    """

    def __init__(
        self,
        folder: Path,
        about: About,
        settings: RecorderSettings | None = None,
        clocks: ReadClocks = system_clocks,
        flushed: Callable[[int], None] = lambda records: None,
        sealer: Sealer | None = None,
    ) -> None:
        self._sealer = sealer
        self._folder, self._about = folder, about
        self._settings = settings or RecorderSettings()
        self._clocks, self._flushed = clocks, flushed
        # Appending takes no lock and wakes nobody: the thread looks once a flush interval, or when half is full.
        self._waiting: deque[Item] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._dropped: Dropped | None = None
        self._thread: threading.Thread | None = None
        self._writer: LogWriter | None = None
        self.dropped_records = 0
        self.stopped: RecordingStopped | None = None

    @property
    def session(self) -> Path | None:
        """The session's folder, once it was made."""
        return self._writer.session if self._writer else None

    @property
    def records(self) -> int:
        """Records that the operating system has."""
        return self._writer.flushed_records if self._writer else 0

    @property
    def crowded(self) -> bool:
        """Whether half of what may wait is waiting."""
        return self.stopped is None and len(self._waiting) > self._settings.queue_records // 2

    def open(self) -> None:
        """Make the session's folder and begin. A disk that is full or read-only is no error here: `stopped` tells.

        Raises
        ------
        UsageError
            If the folder is none that could be written.
        """
        try:
            self._writer = LogWriter(self._folder, self._about, self._settings, self._clocks, self._sealer)
        except BudgetSpentError as spent:
            self._stop(str(spent))
            return
        except OSError as error:
            if error.errno not in DISK_FAULTS:
                raise UsageError(
                    f"{self._folder}: cannot be recorded to ({error.strerror}); give a folder that may be written"
                ) from None
            self._stop(error.strerror or str(error))
            return
        self._thread = threading.Thread(target=self._run, args=(self._writer,), name="recorder", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Take a record; returns at once. What finds no room is dropped, counted, and told in the log."""
        if self._thread is None or self.stopped is not None:
            return
        if len(self._waiting) >= self._settings.queue_records:
            self._drop(item)
            return
        if self._dropped is not None:
            self._waiting.append(self._dropped)
            self._dropped = None
        self._waiting.append(item)
        if self.crowded:
            self._wake.set()

    def close(self) -> None:
        """Write what is waiting and finish the log; waits for the disk, at most half a minute."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._dropped is not None:
            self._waiting.append(self._dropped)
            self._dropped = None
        self._closing = True
        self._wake.set()
        thread.join(LONGEST_CLOSE_S)
        if thread.is_alive():
            # The thread still holds the file; it is left to it.
            self._mark_stopped(f"the disk did not answer for {LONGEST_CLOSE_S:g} s")

    def _drop(self, item: Item) -> None:
        _, time_ns, _ = encode(item)
        self.dropped_records += 1
        held = self._dropped or Dropped(records=0, from_ns=time_ns, to_ns=time_ns)
        self._dropped = Dropped(records=held.records + 1, from_ns=held.from_ns, to_ns=time_ns)

    def _run(self, writer: LogWriter) -> None:
        try:
            flush_at_s = time.monotonic()
            while not self._closing:
                flush_at_s = max(time.monotonic(), flush_at_s + self._settings.flush_s)
                self._wake.wait(flush_at_s - time.monotonic())
                self._wake.clear()
                self._write_waiting(writer)
            self._write_waiting(writer)
            writer.finish()
            self._flushed(writer.flushed_records)
        except BudgetSpentError as spent:
            self._stop(str(spent))
        except OSError as error:
            self._stop(error.strerror or str(error))
        # A thread has no caller: whatever a record made of the encoder must be told, and inference goes on.
        except Exception as error:
            self._stop(f"{type(error).__name__}: {error}")

    def _write_waiting(self, writer: LogWriter) -> None:
        """Write and flush what is waiting now; what comes meanwhile is for the next time."""
        waiting = len(self._waiting)
        while True:
            for _ in range(min(waiting, BATCH_RECORDS)):
                writer.add(self._waiting.popleft())
            writer.flush()
            self._flushed(writer.flushed_records)
            waiting -= BATCH_RECORDS
            if waiting <= 0:
                return

    def _mark_stopped(self, reason: str) -> None:
        self.stopped = RecordingStopped(
            reason=reason, folder=self.session or self._folder, records=self.records
        )

    def _stop(self, reason: str) -> None:
        self._mark_stopped(reason)
        self._waiting.clear()
        if self._writer is not None:
            try:
                self._writer.close()
            except OSError:
                return  # the disk has said already what is wrong with it
