"""PhysioNet drivedb: ECG and hand GSR while driving; minutes of rest, city and highway from
``time_intervals.csv``, or, where it is not there, from `PHASE_MINUTES`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import MissingExtraError, RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.protocol import (
    DatasetInfo,
    Interval,
    Recording,
    Signal,
    existing_folder,
    files_digest,
)

PHASES = ("Initial Rest", "City 1", "Highway", "City 2", "Highway 2", "City 3", "Final Rest")
PHASES_FILE = "time_intervals.csv"
PHASE_MINUTES: Mapping[str, tuple[float, ...]] = {
    "drive05": (15.13, 16, 7.74, 6.06, 7.56, 14.96, 15.75),
    "drive06": (15.05, 14.49, 7.32, 6.53, 7.64, 12.29, 15.05),
    "drive07": (15.04, 16.23, 10.96, 9.83, 7.64, 10.15, 15.03),
    "drive08": (15, 12.31, 7.23, 9.51, 7.64, 13.43, 15.07),
    "drive09": (15.66, 19.21, 8.47, 5.2, 7.06, 13.21),
    "drive10": (15.04, 15.3, 8.66, 5.27, 7.04, 12.06, 14.79),
    "drive11": (15.02, 15.81, 7.43, 7.15, 6.96, 11.72, 14.99),
    "drive12": (15.01, 13.41, 7.56, 6.5, 8.06, 11.68, 15.01),
    "drive15": (15, 12.54, 7.24, 5.99, 6.82, 12.12, 15),
    "drive16": (15.01, 16.12, 7.14, 5.12, 6.81, 13.91),
}
"""Minutes of each of `PHASES`: facts of the study that PhysioNet's record files do not carry. The recorder was stopped before
the final rest of drives 09 and 16."""

CHANNELS = {"ECG": Modality.ECG, "hand GSR": Modality.EDA}


class DriveDb:
    """Raw WFDB records of the folder ``drivedb`` whose phases are known; a record without a row has no
    labels and is left out.

    Each drive counts as a person of its own: the set does not say who drove.
    """

    info = DatasetInfo(
        name="drivedb",
        licence="ODC-By 1.0",
        citation="Healey & Picard, Detecting stress during real-world driving tasks using physiological sensors, "
        "IEEE Trans. Intelligent Transportation Systems 6(2), 2005; PhysioNet drivedb 1.0.0",
        weights_may_ship=True,
        page="https://physionet.org/content/drivedb/1.0.0/",
        people=10,
        signals="ECG 496 Hz, hand GSR 31 Hz",
        labels="rest, city, highway",
        folder="drivedb",
    )

    def __init__(self, data: Path) -> None:
        self._folder = existing_folder(data, "drivedb")
        self._phases = read_phases(self._folder)

    def names(self) -> tuple[str, ...]:
        recorded = {path.stem for path in self._folder.glob("drive*.hea")}
        return tuple(sorted(recorded & self._phases.keys()))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return files_digest(self._folder / file for file in (f"{name}.hea", f"{name}.dat", PHASES_FILE))

    def load(self, name: str) -> Recording:
        phases = phases_of(self._phases, name)
        signals = _read_signals(self._folder / name)
        person = self.person(name)
        return Recording(name=person, person=person, signals=signals, intervals=phases)


Phases = Mapping[str, tuple[Interval, ...]]


def read_phases(folder: Path) -> Phases:
    """The labelled stretches of each drive.

    Raises
    ------
    RecordingError
        If the file is there and is not such a table.
    """
    path = folder / PHASES_FILE
    if not path.is_file():
        return {name: _phases(minutes) for name, minutes in PHASE_MINUTES.items()}
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
        return {row["Drive No"].lower(): _phases([float(row[p]) for p in PHASES]) for row in rows}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RecordingError(
            f"{path} must be a CSV with Drive No and minutes of {', '.join(PHASES)}: {error}"
        ) from error


def phases_of(phases: Phases, name: str) -> tuple[Interval, ...]:
    """The stretches of one drive.

    Raises
    ------
    RecordingError
        If they are not known.
    """
    if name not in phases:
        raise RecordingError(f"{name} has no row in {PHASES_FILE}; known: {', '.join(phases)}")
    return phases[name]


def _phases(minutes: Iterable[float]) -> tuple[Interval, ...]:
    intervals: list[Interval] = []
    reached_s = 0.0
    for phase, length in zip(PHASES, minutes, strict=False):
        if math.isnan(length):
            break
        name = phase.lower().split()[-1] if "Rest" in phase else phase.lower().split()[0]
        intervals.append(Interval(start_s=reached_s, end_s=reached_s + 60 * length, name=name))
        reached_s += 60 * length
    return tuple(intervals)


def _read_signals(record_path: Path) -> tuple[Signal, ...]:
    try:
        import wfdb
    except ModuleNotFoundError as error:
        raise MissingExtraError("wfdb", "train") from error
    try:
        # Channels have different rates: smooth_frames=True would average them all down to the frame rate.
        record = wfdb.rdrecord(str(record_path), smooth_frames=False)
    except (OSError, ValueError, IndexError) as error:
        raise RecordingError(
            f"{record_path}.hea or .dat cannot be read as a WFDB record ({error})"
        ) from error
    missing = [name for name in CHANNELS if name not in record.sig_name]
    if missing:
        raise RecordingError(f"{record_path} lacks {', '.join(missing)}; it has {', '.join(record.sig_name)}")
    return tuple(
        _channel(record, record.sig_name.index(name), modality) for name, modality in CHANNELS.items()
    )


def _channel(record: Any, index: int, modality: Modality) -> Signal:
    values: NDArray[np.float64] = record.e_p_signal[index]
    rate_hz = float(record.fs) * int(record.samps_per_frame[index])
    return Signal(modality=modality, rate_hz=rate_hz, start_s=0.0, values=values.astype(np.float32))
