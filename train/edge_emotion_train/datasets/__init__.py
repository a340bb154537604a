"""Data sets behind one protocol; `open_dataset` knows them by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from edge_emotion.errors import RecordingError, UsageError
from edge_emotion_train.datasets.amigos import Amigos
from edge_emotion_train.datasets.case import Case
from edge_emotion_train.datasets.deap import Deap
from edge_emotion_train.datasets.dreamer import Dreamer
from edge_emotion_train.datasets.drivedb import DriveDb
from edge_emotion_train.datasets.drivedb_frames import DriveDbFrames
from edge_emotion_train.datasets.mahnob import Mahnob
from edge_emotion_train.datasets.protocol import Dataset, DatasetInfo, Interval, Rating, Recording, Signal
from edge_emotion_train.datasets.recordings import Recordings
from edge_emotion_train.datasets.stress_predict import StressPredict
from edge_emotion_train.datasets.wesad_chest import WesadChest
from edge_emotion_train.datasets.wesad_wrist import WesadWrist

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetInfo",
    "Interval",
    "Rating",
    "Recording",
    "Signal",
    "open_dataset",
]


class DatasetKind(Protocol):
    """A data set's class: what is known of it without its files, and how it is opened."""

    info: DatasetInfo

    def __call__(self, data: Path) -> Dataset: ...


DATASETS: Mapping[str, DatasetKind] = {
    kind.info.name: kind
    for kind in (
        StressPredict,
        DriveDb,
        DriveDbFrames,
        WesadWrist,
        WesadChest,
        Amigos,
        Deap,
        Mahnob,
        Dreamer,
        Case,
        Recordings,
    )
}


def open_dataset(name: str, data: Path) -> Dataset:
    """The data set ``name`` in the folder ``data``.

    Parameters
    ----------
    name
        One of `DATASETS`, or ``recordings:DIR`` for own recordings anywhere.

    Raises
    ------
    UsageError
        If no such data set is known.
    RecordingError
        If its folder is not there.
    """
    own, colon, place = name.partition(":")
    if colon and own == Recordings.info.name:
        if not Path(place).is_dir():
            raise RecordingError(
                f"{place!r} is not a folder: give recordings:DIR, a folder of own recordings"
            )
        return Recordings(data, Path(place))
    known = DATASETS.get(name)
    if known is None:
        raise UsageError(f"unknown data set {name!r}; known: {', '.join(DATASETS)}, recordings:DIR")
    return known(data)
