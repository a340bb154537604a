"""Names on disk: a folder of recordings, in it a folder for each session, in that the session's files in order."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from edge_emotion.errors import RecordingError

SUFFIX = ".eelog"


def new_session_name(unix_ns: int) -> str:
    """Such as ``20261121T193000Z-1f3a5c``: sorts by time; the end keeps apart what a wrong clock would mix."""
    at = datetime.fromtimestamp(unix_ns / 1e9, UTC)
    return f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def segment_path(session: Path, segment: int) -> Path:
    """Where a session's file lies."""
    return session / f"{segment:06d}{SUFFIX}"


def segments(session: Path) -> tuple[Path, ...]:
    """A session's files, in order."""
    return tuple(sorted(session.glob(f"*{SUFFIX}")))


def is_recording(path: Path) -> bool:
    """Whether ``path`` is, or holds, a session of this format."""
    return path.suffix == SUFFIX if path.is_file() else bool(sessions(path))


def sessions(path: Path) -> tuple[Path, ...]:
    """Folders of all sessions in a folder of recordings, or the one session that ``path`` is."""
    if not path.is_dir():
        return ()
    if segments(path):
        return (path,)
    return tuple(sorted(child for child in path.iterdir() if child.is_dir() and segments(child)))


def files_of(path: Path) -> tuple[Path, ...]:
    """The files of one session, given as a file, as its folder, or as a folder that holds this one alone.

    Raises
    ------
    RecordingError
        If there is none, or more than one.
    """
    if path.is_file():
        return (path,)
    if not path.exists():
        raise RecordingError(f"{path}: there is no such file or folder; give a folder that --record wrote")
    found = sessions(path)
    if not found:
        raise RecordingError(f"{path}: holds no recording (*{SUFFIX}); give a folder that --record wrote")
    if len(found) > 1:
        names = ", ".join(session.name for session in found[-5:])
        raise RecordingError(
            f"{path}: holds {len(found)} sessions; give one of them, such as {path.name}/... with {names}"
        )
    return segments(found[0])


def used_bytes(folder: Path) -> int:
    """Size of all recordings in a folder."""
    return sum(_size(path) for session in sessions(folder) for path in segments(session))


def removable(folder: Path, keep: Path) -> Iterator[Path]:
    """Files of a folder from the oldest on, without ``keep`` and without what another process is writing."""
    for session in sessions(folder):
        for path in segments(session):
            if path != keep and not being_written(path):
                yield path


def lock(descriptor: int) -> None:
    """Say that this file is being written; ends with the process or the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def being_written(path: Path) -> bool:
    """Whether another process records into this file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # another process made room
        return 0
