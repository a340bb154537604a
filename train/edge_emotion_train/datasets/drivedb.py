"""PhysioNet drivedb: ECG and hand GSR while driving; minutes of rest, city and highway from
``time_intervals.csv``."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import MissingExtraError, RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.protocol import DatasetInfo, Interval, Recording, Signal, existing_folder

PHASES = ("Initial Rest", "City 1", "Highway", "City 2", "Highway 2", "City 3", "Final Rest")
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
    )

    def __init__(self, data: Path) -> None:
        self._folder = existing_folder(data, "drivedb")
        self._phases = _read_phases(self._folder / "time_intervals.csv")

    def names(self) -> tuple[str, ...]:
        recorded = {path.stem for path in self._folder.glob("drive*.hea")}
        return tuple(sorted(recorded & self._phases.keys()))

    def fingerprint(self, name: str) -> bytes:
        files = (f"{name}.hea", f"{name}.dat", "time_intervals.csv")
        return b"".join((self._folder / file).read_bytes() for file in files)

    def load(self, name: str) -> Recording:
        phases = self._phases.get(name)
        if phases is None:
            raise RecordingError(f"{name} has no row in time_intervals.csv; known: {', '.join(self._phases)}")
        signals = _read_signals(self._folder / name)
        person = f"{self.info.name}/{name}"
        return Recording(name=person, person=person, signals=signals, intervals=phases)


def _read_phases(path: Path) -> dict[str, tuple[Interval, ...]]:
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
        return {row["Drive No"].lower(): _phases(row) for row in rows}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RecordingError(
            f"{path} must be a CSV with Drive No and minutes of {', '.join(PHASES)}: {error}"
        ) from error


def _phases(row: dict[str, str]) -> tuple[Interval, ...]:
    intervals: list[Interval] = []
    reached_s = 0.0
    for phase in PHASES:
        minutes = float(row[phase])
        if math.isnan(minutes):
            break
        name = phase.lower().split()[-1] if "Rest" in phase else phase.lower().split()[0]
        intervals.append(Interval(start_s=reached_s, end_s=reached_s + 60 * minutes, name=name))
        reached_s += 60 * minutes
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
