"""Files that anyone may download, pinned by SHA-256.

`open_files.txt` holds only files whose content was at hand when it was written: three drives of drivedb, 24 records of
mitdb, four of nstdb. The other files of these sets are on the same pages; they are not fetched, because nothing here could
verify them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from edge_emotion.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A file of an open set."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSet:
    """An open set: where its files are, and which of them are known.

    ``folder`` is also the folder's name under ``--data``.
    """

    folder: str
    what: str
    url: str
    licence: str
    files: tuple[OpenFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


_SETS = (
    ("drivedb", "ECG and skin conductance while driving (3 of 17 drives)", "drivedb/1.0.0/"),
    ("mitdb", "MIT-BIH Arrhythmia (24 of 48 records): beat detection", "mitdb/1.0.0/"),
    ("nstdb", "MIT-BIH Noise Stress: noise to add to an ECG", "nstdb/1.0.0/"),
)
_SERVER = "https://physionet.org/files/"
_LICENCE = "ODC-By 1.0"


@cache
def open_sets() -> tuple[OpenSet, ...]:
    """All open sets."""
    files = list(_pinned())
    return tuple(
        OpenSet(
            folder=folder,
            what=what,
            url=_SERVER + path,
            licence=_LICENCE,
            files=tuple(file for own, file in files if own == folder),
        )
        for folder, what, path in _SETS
    )


def open_set(name: str) -> OpenSet:
    """The open set called ``name``.

    Raises
    ------
    UsageError
        If it is not an open one.
    """
    for known in open_sets():
        if known.folder == name:
            return known
    raise UsageError(
        f"{name!r} cannot be fetched; allowed: {', '.join(s.folder for s in open_sets())}; "
        "edge-emotion data list tells where to ask for the others"
    )


def is_right(path: Path, file: OpenFile) -> bool:
    """Whether ``path`` holds the published content."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest() == file.sha256


def differing(known: OpenSet, data: Path) -> tuple[str, ...]:
    """Of the set's files under ``data``, those whose content is not the published one; absent files are none."""
    folder = data / known.folder
    there = (file for file in known.files if (folder / file.name).is_file())
    return tuple(file.name for file in there if not is_right(folder / file.name, file))


def _pinned() -> Iterator[tuple[str, OpenFile]]:
    text = (resources.files(__package__ or "") / "open_files.txt").read_text(encoding="ascii")
    for line in text.splitlines():
        sha256, size, path = line.split()
        folder, _, name = path.partition("/")
        yield folder, OpenFile(name=name, sha256=sha256, size=int(size))
