"""``Dataset -> Recording -> signals + labelled intervals``: the one shape in which all recordings come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.recording import Signal

__all__ = [
    "Dataset",
    "DatasetInfo",
    "Interval",
    "Rating",
    "Recording",
    "Signal",
    "existing_folder",
    "file_of",
    "files_digest",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a person said on one scale: ``value`` in [minimum, maximum]."""

    scale: str
    value: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """[start_s, end_s) of a recording, what the protocol calls it, and how it was rated; recipes map names and ratings
    to labels."""

    start_s: float
    end_s: float
    name: str
    ratings: tuple[Rating, ...] = ()

    def rating(self, scale: str) -> float | None:
        """The value on ``scale``; ``None`` where it was not rated."""
        return next((r.value for r in self.ratings if r.scale == scale), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One session of one person.

    Parameters
    ----------
    name
        ``dataset/recording``, unique.
    person
        ``dataset/person``: no split may have it on two sides.
    signals
        Of `edge_emotion.sources.replay.recording.Signal`, at most one per role; acceleration beside a pulse wave;
        EEG, respiration and temperature where the set has them. Samples that are missing are NaN.
    intervals
        In order, without overlap; time outside of them is unlabelled.
    """

    name: str
    person: str
    signals: tuple[Signal, ...]
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInfo:
    """Whose data these are and what their licence allows.

    ``weights_may_ship`` is false where the licence forbids to publish what was learned: training refuses
    such a set, evaluation takes it.

    Parameters
    ----------
    page
        Where the set is described and can be asked for.
    people
        How many the set holds when it is complete.
    signals, labels
        What it holds, with rates and units, in a line.
    folder
        Where under ``--data`` it is looked for.
    """

    name: str
    licence: str
    citation: str
    weights_may_ship: bool
    page: str = ""
    people: int = 0
    signals: str = ""
    labels: str = ""
    folder: str = ""


class Dataset(Protocol):
    """A folder of recordings in one format."""

    info: DatasetInfo

    def names(self) -> tuple[str, ...]:
        """Names of all recordings that have labels, sorted."""
        ...

    def person(self, name: str) -> str:
        """Who was recorded, as ``dataset/person``; no signal is read for it."""
        ...

    def load(self, name: str) -> Recording:
        """One recording.

        Raises
        ------
        RecordingError
            If it is missing, damaged, or lacks a signal.
        """
        ...

    def fingerprint(self, name: str) -> bytes:
        """Bytes that change whenever the recording does: what a cache of it is keyed by."""
        ...


def file_of(files: Mapping[str, Path], name: str) -> Path:
    """The file of the recording ``name``.

    Raises
    ------
    RecordingError
        If there is none.
    """
    if name not in files:
        raise RecordingError(f"{name} is not in the folder; it holds {', '.join(sorted(files)) or 'nobody'}")
    return files[name]


def existing_folder(data: Path, name: str) -> Path:
    """The folder of a data set under ``data``, whatever the case of its name.

    Raises
    ------
    RecordingError
        If it is not there.
    """
    folder = data / name
    if folder.is_dir():
        return folder
    if data.is_dir():
        for other in sorted(data.iterdir()):
            if other.name.lower() == name.lower() and other.is_dir():
                return other
    raise RecordingError(f"{folder} is not a folder: --data must point at a folder that holds {name}/")


def files_digest(paths: Iterable[Path]) -> bytes:
    """A hash of the files' contents, in order; what is no file counts as absent. Never holds a whole file.

    Raises
    ------
    RecordingError
        If one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        if not path.is_file():
            digest.update(b"absent")
            continue
        try:
            with path.open("rb") as handle:
                digest.update(hashlib.file_digest(handle, "sha256").digest())
        except OSError as error:
            raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from None
    return digest.digest()
