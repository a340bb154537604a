"""Content hashes: what a kept result depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import msgspec
import numpy as np

import edge_emotion
import edge_emotion_train
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet

COMPUTING = ("numpy", "scikit-learn", "scipy", "torch")
"""Packages whose version may change a result."""

_NO_PART = ("cli", "sinks", "sources", "simulation", "fanout", "report")
"""Rooms that no trained weight or prediction depends on."""


@cache
def code_digest() -> bytes:
    """Of every source file that could change a result, and of the versions underneath."""
    digest = hashlib.sha256()
    for package in (edge_emotion, edge_emotion_train):
        for folder in package.__path__:
            for source in sorted(Path(folder).rglob("*.py")):
                if not set(_NO_PART) & set(source.relative_to(folder).parts):
                    digest.update(source.read_bytes())
    for name in COMPUTING:
        digest.update(f"{name} {metadata.version(name)}".encode())
    return digest.digest()


def recording_digest(recording: PreparedRecording) -> bytes:
    """Of a prepared recording's whole content."""
    digest = hashlib.sha256(msgspec.json.encode((recording.name, recording.person, recording.intervals)))
    plain = (recording.start_ns, recording.end_ns, recording.quality, recording.complete)
    _update(digest, (*plain, *(recording.tensors[name] for name in sorted(recording.tensors))))
    return digest.digest()


def windows_digest(windows: WindowSet) -> bytes:
    """Of labelled windows, their people included."""
    digest = hashlib.sha256()
    _update(digest, (windows.labels, windows.people, *(windows.inputs[n] for n in sorted(windows.inputs))))
    if windows.moments is not None:  # pre-training learns from them
        _update(digest, (windows.moments,))
    return digest.digest()


def files_digest(files: Iterable[Path]) -> bytes:
    """Of what these files hold, in this order; one that is missing counts as such."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b"missing")
    return digest.digest()


def _update(
    digest: hashlib._Hash, arrays: Iterable[np.ndarray[tuple[int, ...], np.dtype[np.generic]]]
) -> None:
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
