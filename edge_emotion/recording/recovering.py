"""Saving what is whole: every good frame of a damaged session copied, as it is, into a new one."""

from __future__ import annotations

import os
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.recording.folder import SUFFIX
from edge_emotion.recording.frames import pack
from edge_emotion.recording.reading import SessionReader
from edge_emotion.recording.survey import Survey
from edge_emotion.whole_file import sync_folder


def recover(path: Path, out: Path, key: bytes | None = None) -> Survey:
    """Write the whole records of a session to ``out``, one file; sequence numbers stay, so that losses stay visible.

    Parameters
    ----------
    path
        As for `SessionReader`.
    out
        A folder that is made, or a ``.eelog`` file; must not exist.
    key
        Of an encrypted session; the copy is encrypted like the original.

    Raises
    ------
    RecordingError
        If nothing is whole.
    UsageError
        If ``out`` exists or cannot be written.
    """
    target = out if out.suffix == SUFFIX else out / f"000000{SUFFIX}"
    beside = target.with_name(target.name + ".part")
    if out.exists():
        raise UsageError(f"{out}: exists already; give a new name, nothing is written over")
    reader = SessionReader(path, key)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("xb") as file:
            for record in reader:
                file.write(pack(record.stored))
            file.flush()
            os.fsync(file.fileno())
        beside.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise UsageError(
            f"{out}: cannot be written ({error.strerror}); give a path that may be written"
        ) from None
    finally:
        beside.unlink(missing_ok=True)
    return reader.survey
