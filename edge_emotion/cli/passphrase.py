"""A passphrase, from where people and services can give one: file, environment, keyboard; no flag, which `ps` would show."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from edge_emotion.errors import UsageError

VARIABLE = "EDGE_EMOTION_PASSPHRASE"
SHORTEST = 8
MAX_BYTES = 4096


def passphrase(file: str | None) -> str:
    """The passphrase of a reference.

    Raises
    ------
    UsageError
        If there is none, or the file cannot be read.
    """
    if file is not None:
        return _from_file(Path(file))
    if value := os.environ.get(VARIABLE):
        return value
    if not sys.stdin.isatty():
        raise UsageError(
            f"the reference is encrypted and no passphrase was given: use --passphrase-file FILE, set {VARIABLE}, "
            "or run it on a terminal"
        )
    return getpass.getpass("passphrase of the reference: ")


def new_passphrase(file: str | None) -> str:
    """A passphrase to encrypt with; one that is typed is asked for twice.

    Raises
    ------
    UsageError
        If there is none, it is too short, or the two differ.
    """
    first = passphrase(file)
    if len(first) < SHORTEST:
        raise UsageError(f"the passphrase has {len(first)} characters; give {SHORTEST} or more")
    typed = file is None and not os.environ.get(VARIABLE)
    if typed and getpass.getpass("the same once more: ") != first:
        raise UsageError("the two passphrases differ; nothing was stored")
    return first


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
        text = data.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(
            f"--passphrase-file {path}: cannot be read ({reason}); give a text file of one line"
        ) from None
    if not text or len(data) > MAX_BYTES:
        raise UsageError(f"--passphrase-file {path}: must hold one line of at most {MAX_BYTES} bytes")
    return text
