"""Records to files: numbered, buffered, flushed; files rotated, the budget kept. Synchronous: `Recorder` gives it a thread."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_emotion import __version__
from edge_emotion.recording.folder import new_session_name, removable, segment_path, used_bytes
from edge_emotion.recording.frames import Frame, pack
from edge_emotion.recording.records import (
    FORMAT_VERSION,
    PLAIN_VERSION,
    End,
    Header,
    Item,
    Kind,
    TimeAxis,
    encode,
)
from edge_emotion.recording.sealing import Sealer
from edge_emotion.recording.segment_file import SegmentFile, Syncer
from edge_emotion.recording.settings import MB, RecorderSettings, WhenFull
from edge_emotion.types import NS_PER_S, Modality

CLOCK_EVERY_S = 60.0
LONGEST_CLOSE_S = 30.0
ReadClocks = Callable[[], TimeAxis]


class BudgetSpentError(Exception):
    """The folder may not grow any more; caught by the recorder, told as the reason why it stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a session's header says beside the machine; see `Header`."""

    source: str
    modalities: tuple[Modality, ...]
    time_axis: str
    bundle: str = ""
    bundle_sha256: str = ""
    engine: str = ""
    reference_sha256: str = ""


class LogWriter:
    """One session's log.

    Parameters
    ----------
    folder
        Folder of recordings; made if it is not there, with a folder for this session in it.
    about
        For the header.
    settings
        Limits.
    clocks
        Tells both clocks; no record's place depends on them.
    sealer
        Encrypts all records but the headers.

    Raises
    ------
    OSError, BudgetSpentError
        If the first file cannot be begun.
    """

    def __init__(
        self,
        folder: Path,
        about: About,
        settings: RecorderSettings,
        clocks: ReadClocks,
        sealer: Sealer | None = None,
    ) -> None:
        self._sealer = sealer
        self._folder, self._about, self._settings, self._clocks = folder, about, settings, clocks
        now = clocks()
        self.session = folder / new_session_name(now.unix_ns)
        self.session.mkdir(parents=True)
        self.flushed_records = 0
        self._sequence = 0
        self._segment = -1
        self._buffer: list[bytes] = []
        self._syncer = Syncer()
        self._synced_ns = self._clock_ns = now.monotonic_ns
        self._others_bytes = used_bytes(folder)
        self._begin_segment(now)
        self._flush_buffer()

    def add(self, item: Item) -> None:
        """Take a record; it reaches the operating system with the next `flush`."""
        kind, time_ns, payload = encode(item)
        frame = Frame(kind=kind, sequence=self._sequence, time_ns=time_ns, payload=payload)
        if self._sealer is not None and kind is not Kind.HEADER:
            frame = self._sealer.seal(frame, Kind.SEALED)
        self._buffer.append(pack(frame))
        self._sequence += 1

    def flush(self) -> None:
        """Hand everything to the operating system; begin another file, sync and make room where it is time.

        Raises
        ------
        OSError, BudgetSpentError
            If the log cannot go on; what was flushed before stays readable.
        """
        now = self._clocks()
        if now.monotonic_ns - self._clock_ns >= CLOCK_EVERY_S * NS_PER_S:
            self._clock_ns = now.monotonic_ns
            self.add(now)
        if self._buffer:
            self._make_room()
            self._flush_buffer()
        if now.monotonic_ns - self._synced_ns >= self._settings.sync_s * NS_PER_S:
            self._synced_ns = now.monotonic_ns
            self._syncer.request(self._file)
        if self._syncer.error is not None:
            raise self._syncer.error
        age_s = (now.monotonic_ns - self._begun_ns) / NS_PER_S
        if self._file.size_bytes >= self._settings.segment_bytes or age_s >= self._settings.segment_s:
            self._others_bytes += self._file.size_bytes
            self._syncer.wait(LONGEST_CLOSE_S)
            self._file.close()
            self._begin_segment(now)
            self._flush_buffer()

    def finish(self) -> None:
        """Write the end record, put everything on the disk.

        Raises
        ------
        OSError, BudgetSpentError
            As for `flush`.
        """
        self.add(End(records=self._sequence))
        self.flush()
        self.close()

    def close(self) -> None:
        """Let go of the file as it is.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        self._syncer.wait(LONGEST_CLOSE_S)
        self._file.close()

    def _begin_segment(self, now: TimeAxis) -> None:
        self._segment += 1
        self._file = SegmentFile(segment_path(self.session, self._segment))
        self._begun_ns = now.monotonic_ns
        header = Header(
            format_version=FORMAT_VERSION if self._sealer else PLAIN_VERSION,
            salt=self._sealer.salt if self._sealer else b"",
            session=self.session.name,
            segment=self._segment,
            clock=now,
            runtime=__version__,
            python=sys.version.split()[0],
            numpy=np.__version__,
            machine=platform.machine(),
            **{name: getattr(self._about, name) for name in About.__slots__},
        )
        self.add(header)
        self._syncer.request(self._file)

    def _flush_buffer(self) -> None:
        self._file.append(b"".join(self._buffer))
        self._buffer.clear()
        self.flushed_records = self._sequence

    def _make_room(self) -> None:
        need = self._file.size_bytes + sum(map(len, self._buffer))
        if self._others_bytes + need <= self._settings.budget_bytes:
            return
        # Only now is the folder looked at again: others may have written or deleted.
        self._others_bytes = used_bytes(self._folder) - self._file.size_bytes
        if self._settings.when_full is WhenFull.DELETE_OLDEST:
            for path in removable(self._folder, self._file.path):
                if self._others_bytes + need <= self._settings.budget_bytes:
                    break
                self._others_bytes -= path.stat().st_size
                path.unlink()
        if self._others_bytes + need > self._settings.budget_bytes:
            raise BudgetSpentError(
                f"the disk budget of {self._settings.budget_bytes / MB:g} MB is spent; move recordings away, raise "
                "--record-budget-mb, or allow --record-when-full delete-oldest"
            )
