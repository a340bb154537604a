"""Matlab files of version 5 to 7, through scipy, with one kind of error."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from edge_emotion.errors import RecordingError


def read_cells(path: Path) -> dict[str, Any]:
    """Variables by name; a cell array of shape (1, n) is an object array of that shape.

    Raises
    ------
    RecordingError
        If the file is damaged or of another format.
    """
    return _read(path, squeeze=False)


def read_structs(path: Path) -> dict[str, Any]:
    """Variables by name; a struct is an object with its fields as attributes, axes of length one are left out.

    Raises
    ------
    RecordingError
        If the file is damaged or of another format.
    """
    return _read(path, squeeze=True)


def _read(path: Path, *, squeeze: bool) -> dict[str, Any]:
    # scipy costs 0.3 s and 100 MB: only these sets need it.
    from scipy.io import loadmat

    try:
        with path.open("rb") as file:
            # AMIGOS: some of its files carry wrong checksums around sound data.
            content: dict[str, Any] = loadmat(
                file,
                struct_as_record=False,
                squeeze_me=squeeze,
                verify_compressed_data_integrity=False,
            )
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (ValueError, TypeError, KeyError, IndexError, NotImplementedError, EOFError, zlib.error) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise RecordingError(
            f"{path}: is damaged, or no Matlab file of version 5 to 7 ({reason[:120]}); restore it"
        ) from None
    return content


def need(path: Path, content: dict[str, Any], *names: str) -> None:
    """Refuse a file that lacks a variable.

    Raises
    ------
    RecordingError
        If one is not there.
    """
    missing = [name for name in names if name not in content]
    if missing:
        held = ", ".join(name for name in content if not name.startswith("__"))
        raise RecordingError(f"{path} lacks {', '.join(missing)}; it holds {held or 'nothing'}")
