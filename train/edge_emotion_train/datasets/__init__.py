"""Data sets behind one protocol; `open_dataset` knows them by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion_train.datasets.drivedb import DriveDb
from edge_emotion_train.datasets.protocol import Dataset, DatasetInfo, Interval, Recording, Signal
from edge_emotion_train.datasets.stress_predict import StressPredict
from edge_emotion_train.datasets.wesad_wrist import WesadWrist

__all__ = ["DATASETS", "Dataset", "DatasetInfo", "Interval", "Recording", "Signal", "open_dataset"]

DATASETS: Mapping[str, Callable[[Path], Dataset]] = {
    "stress_predict": StressPredict,
    "drivedb": DriveDb,
    "wesad_wrist": WesadWrist,
}


def open_dataset(name: str, data: Path) -> Dataset:
    """The data set ``name`` in the folder ``data``.

    Raises
    ------
    UsageError
        If no such data set is known.
    RecordingError
        If its folder is not there.
    """
    known = DATASETS.get(name)
    if known is None:
        raise UsageError(f"unknown data set {name!r}; known: {', '.join(DATASETS)}")
    return known(data)
