"""One file of a session while it is written: whole frames appended, put on the disk by a thread of its own."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from edge_emotion.recording.folder import lock
from edge_emotion.whole_file import sync_folder


class SegmentFile:
    """Appends to a new file.

    Parameters
    ----------
    path
        Must not exist yet; its folder must.

    Raises
    ------
    OSError
        If the file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        lock(self._descriptor)

    def append(self, data: bytes) -> None:
        """Hand bytes to the operating system; they outlive this process.

        Raises
        ------
        OSError
            If not all of them fit; the file then ends with the last whole call, as far as it can be cut.
        """
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            os.ftruncate(self._descriptor, self.size_bytes)
            raise
        self.size_bytes += len(data)

    def duplicate(self) -> int:
        """A descriptor of one's own, to sync with."""
        return os.dup(self._descriptor)

    def close(self) -> None:
        """Put everything on the disk and let go.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        try:
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)


class Syncer:
    """Calls ``fsync`` in a thread, one at a time: an SD card may take a second for it, and nobody waits."""

    def __init__(self) -> None:
        self.error: OSError | None = None
        self._running: threading.Thread | None = None

    def request(self, file: SegmentFile) -> None:
        """Begin to sync, unless the last one is still under way: it will be asked again."""
        if self._running is not None and self._running.is_alive():
            return
        descriptor, folder = file.duplicate(), file.path.parent
        # Created anew each time: one every few seconds, and no queue that could fill.
        self._running = threading.Thread(
            target=self._sync, args=(descriptor, folder), name="recorder-sync", daemon=True
        )
        self._running.start()

    def _sync(self, descriptor: int, folder: Path) -> None:
        try:
            os.fsync(descriptor)
            sync_folder(folder)
        except OSError as error:
            self.error = error
        finally:
            os.close(descriptor)

    def wait(self, seconds: float) -> None:
        """Wait for the sync under way, no longer than ``seconds``."""
        if self._running is not None:
            self._running.join(seconds)
