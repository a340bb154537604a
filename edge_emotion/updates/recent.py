"""Recent windows of the wearer on whom a new bundle may be tried, where recordings are kept at all."""

from __future__ import annotations

from pathlib import Path

from edge_emotion.errors import RecordingError
from edge_emotion.recording.folder import being_written, segments, sessions
from edge_emotion.recording.reading import header_of


def recent_recording(folder: Path) -> Path | None:
    """The longest file of the newest session below a folder of recordings, or of one folder a wearer.

    One file and not the whole session: a trial must come to an end. Passed over: what is being written, what needs a key.
    """
    try:
        found = [folder, *(child for child in folder.iterdir() if child.is_dir())]
        newest_first = sorted({s for place in found for s in sessions(place)}, key=_age, reverse=True)
        for session in newest_first:
            usable = [file for file in segments(session) if _is_usable(file)]
            if usable:
                return max(usable, key=lambda file: file.stat().st_size)
    except OSError:  # no such folder, or not for this user
        return None
    return None


def _age(session: Path) -> str:
    return session.name  # begins with the time of day, see `edge_emotion.recording.folder.new_session_name`


def _is_usable(file: Path) -> bool:
    try:
        return not being_written(file) and not header_of(file).salt
    except RecordingError:
        return False
