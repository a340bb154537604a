"""Where commands keep what belongs to a person or a machine."""

from __future__ import annotations

import argparse
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.service.state import service_folder


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


def add_service(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """``--service``."""
    parser.add_argument(
        "--service", action="store_true", help="of the service of this machine, not of this user (with sudo)"
    )


def chosen(args: argparse.Namespace, name: str, variable: str) -> AbstractContextManager[Path]:
    """The folder ``name`` of whom ``--service`` says, to be read and written.

    Raises
    ------
    UsageError
        If this user has no home, or on entering, if the service's state cannot be written.
    """
    return service_folder(name) if args.service else nullcontext(kept_in(name, variable))
