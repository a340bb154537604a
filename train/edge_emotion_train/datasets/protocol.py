"""``Dataset -> Recording -> signals + labelled intervals``: the one shape in which all recordings come."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_emotion.errors import RecordingError
from edge_emotion.types import FloatArray, Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A regularly sampled signal of a recording, in the unit of its modality; ``start_s`` counts from the
    recording's start."""

    modality: Modality
    rate_hz: float
    start_s: float
    values: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """[start_s, end_s) of a recording and what the protocol calls it; recipes map these names to labels."""

    start_s: float
    end_s: float
    name: str


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
        At most one per role, and acceleration beside a pulse wave.
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
    """

    name: str
    licence: str
    citation: str
    weights_may_ship: bool


class Dataset(Protocol):
    """A folder of recordings in one format."""

    info: DatasetInfo

    def names(self) -> tuple[str, ...]:
        """Names of all recordings that have labels, sorted."""
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


def existing_folder(data: Path, name: str) -> Path:
    """The folder of a data set under ``data``.

    Raises
    ------
    RecordingError
        If it is not there.
    """
    folder = data / name
    if not folder.is_dir():
        raise RecordingError(f"{folder} is not a folder: --data must point at a folder that holds {name}/")
    return folder
