"""Reading numbers from small files of the kernel."""

from __future__ import annotations

from pathlib import Path

from edge_emotion.errors import InputError


def number(path: Path) -> float:
    """The number in a file.

    Raises
    ------
    InputError
        If it cannot be read or holds something else.
    """
    try:
        return float(path.read_text())
    except PermissionError:
        raise InputError(f"{path}: only root may read it; run with sudo, or choose another --meter") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:
        raise InputError(f"{path}: does not hold a number") from None


def text(path: Path) -> str:
    """A file's text without its last newline; empty where it cannot be read."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
