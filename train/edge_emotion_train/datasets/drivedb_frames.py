"""drivedb at its frame rate: skin conductance and the recorder's heart rate of ten labelled drives, at 15.5 Hz.

Deviations
----------
- The decimated ECG column is not used: it was thinned without a filter. The heart-rate column shows the rate of the latest beat
  in whole beats per minute, about 0.7 s late, until the next one; beats are taken back from it
  (`edge_emotion_train.datasets.signals.rr_from_held_rate`, `docs/decisions/026-drivedb-frames.md`). Against the ECG of the two
  drives that have both, mean rates of a minute correlate with .99 and the logarithm of RMSSD with .92 to .94.
- A rate outside of 30 to 220 per minute is none: the beats break off there.
- The recorder's 16 bits overflow at 32.767 uS; values that came out negative are put back.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.drivedb import PHASES_FILE, DriveDb, phases_of, read_phases
from edge_emotion_train.datasets.protocol import Recording, Signal, existing_folder, files_digest
from edge_emotion_train.datasets.signals import rr_from_held_rate, unwrapped

TIME, RATE, CONDUCTANCE = "Elapsed time(s)", "HR(bpm)", "hand GSR(mV)"
OVERFLOW_US = 65.536


class DriveDbFrames:
    """``drivedb/frames_15hz/drive05.csv.gz``: columns elapsed time, ``hand GSR(mV)`` (in fact uS) and ``HR(bpm)``.

    Each drive counts as a person of its own, as in `DriveDb`.
    """

    info = replace(
        DriveDb.info,
        name="drivedb_frames",
        signals="hand GSR uS and heart rate at 15.5 Hz; beats taken back from the rate",
        people=10,
        folder="drivedb/frames_15hz",
    )

    def __init__(self, data: Path) -> None:
        self._folder = existing_folder(data, "drivedb") / "frames_15hz"
        self._phases = read_phases(self._folder.parent)

    def names(self) -> tuple[str, ...]:
        recorded = {path.name.removesuffix(".csv.gz") for path in self._folder.glob("drive*.csv.gz")}
        return tuple(sorted(recorded & self._phases.keys()))

    def person(self, name: str) -> str:
        # The same drive in both sets is the same person: no split may part them.
        return f"{DriveDb.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return files_digest((self._path(name), self._folder.parent / PHASES_FILE))

    def load(self, name: str) -> Recording:
        phases = phases_of(self._phases, name)
        columns = read_columns(self._path(name))
        rate_hz = _frame_rate(self._path(name), columns[TIME])
        signals = (
            rr_from_held_rate(columns[RATE], rate_hz),
            Signal(
                modality=Modality.EDA,
                rate_hz=rate_hz,
                start_s=0.0,
                values=unwrapped(columns[CONDUCTANCE], OVERFLOW_US),
            ),
        )
        return Recording(
            name=f"{self.info.name}/{name}",
            person=self.person(name),
            signals=signals,
            intervals=phases,
        )

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.csv.gz"


def read_columns(path: Path) -> dict[str, NDArray[np.float64]]:
    """Time, heart rate and conductance, shape (n,) each.

    Raises
    ------
    RecordingError
        If the file is damaged or lacks one.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as handle:
            header = [column.strip() for column in handle.readline().split(",")]
            missing = [name for name in (TIME, RATE, CONDUCTANCE) if name not in header]
            if missing:
                raise RecordingError(f"{path} lacks {', '.join(missing)}; it has {', '.join(header)}")
            table = np.loadtxt(handle, delimiter=",", ndmin=2)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise RecordingError(f"{path} cannot be read as a gzipped table ({error}): restore it") from error
    if len(table) < 2:
        raise RecordingError(f"{path} holds {len(table)} rows: restore it")
    return {name: table[:, header.index(name)] for name in (TIME, RATE, CONDUCTANCE)}


def _frame_rate(path: Path, time_s: NDArray[np.float64]) -> float:
    rate_hz = round((len(time_s) - 1) / float(time_s[-1] - time_s[0]), 2)
    if not (1 < rate_hz < 1000):
        raise RecordingError(f"{path}: the times give {rate_hz} rows a second: restore it")
    return rate_hz
