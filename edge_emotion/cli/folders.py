"""Where commands keep what belongs to a person or a machine."""

from __future__ import annotations

import os
from pathlib import Path

from edge_emotion.errors import UsageError


def kept_in(name: str, variable: str) -> Path:
    """The folder ``name``: what ``variable`` says, a service's ``$STATE_DIRECTORY``, or the user's data folder.

    Raises
    ------
    UsageError
        If this user has no home.
    """
    if chosen := os.environ.get(variable):
        return Path(chosen)
    if state := os.environ.get("STATE_DIRECTORY"):  # set by systemd; may list several
        return Path(state.split(":", maxsplit=1)[0]) / name
    if base := os.environ.get("XDG_DATA_HOME"):
        return Path(base) / "edge-emotion" / name
    try:
        return Path.home() / ".local" / "share" / "edge-emotion" / name
    except RuntimeError:
        raise UsageError(
            f"this user has no home folder: set {variable}, or give a file by its path"
        ) from None
