"""WESAD, wrist: 15 people with an Empatica E4. Its licence is for non-commercial research: evaluate only."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.e4 import e4_files, is_e4, read_e4
from edge_emotion_train.datasets.npz import (
    E4_ARRAYS,
    E4_COUNTS_PER_G,
    E4_MOTION,
    cropped,
    e4_signals,
    read_arrays,
)
from edge_emotion_train.datasets.protocol import (
    DatasetInfo,
    Interval,
    Recording,
    Signal,
    existing_folder,
    files_digest,
)
from edge_emotion_train.datasets.signals import series
from edge_emotion_train.datasets.wesad import (
    STATES,
    WRIST_HZ,
    WesadFile,
    begin_of_rest,
    channel,
    from_rest_on,
    offset_in,
    read_wesad,
    wesad_people,
)

ARRAYS_FOLDER, OWN_FOLDER = "wesad_wrist_e4", "WESAD"


class WesadWrist:
    """The wrist of WESAD from whichever form is there.

    ``wesad_wrist_e4/S2.npz``: arrays ``bvp, eda, acc`` with ``*_fs``, ``intervals`` (n, 3) of start_s, end_s, state. Or, as
    its authors ship it, ``WESAD/S2/S2.pkl``; beside it the whole export ``S2_E4_Data.zip`` (or folder) is read where it is
    there, since it begins before and ends after what the pickle holds.

    A recording is cut to begin with its baseline: the device was switched on up to 30 minutes before, and
    the first minutes must be the rest that serves as the wearer's reference.
    """

    info = DatasetInfo(
        name="wesad_wrist",
        licence="WESAD terms: non-commercial research; neither data nor weights learned from it are shipped",
        citation="Schmidt et al., Introducing WESAD, a Multimodal Dataset for Wearable Stress and Affect Detection, "
        "ICMI 2018",
        weights_may_ship=False,
        page="https://archive.ics.uci.edu/dataset/465/wesad+wearable+stress+and+affect+detection",
        people=15,
        signals="BVP 64 Hz, skin conductance 4 Hz, acceleration 32 Hz",
        labels="baseline, stress, amusement, meditation",
        folder=f"{ARRAYS_FOLDER} or {OWN_FOLDER}",
    )

    def __init__(self, data: Path) -> None:
        arrays = data / ARRAYS_FOLDER
        self._arrays = arrays if arrays.is_dir() else None
        self._folder = self._arrays or _own_folder(data)

    def names(self) -> tuple[str, ...]:
        if self._arrays is None:
            return wesad_people(self._folder)
        return tuple(sorted((path.stem for path in self._arrays.glob("S*.npz")), key=lambda n: (len(n), n)))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        if self._arrays is not None:
            return (self._arrays / f"{name}.npz").read_bytes()
        export = self._export(name)
        return files_digest([self._pickle(name), *(e4_files(export) if export else ())])

    def load(self, name: str) -> Recording:
        if self._arrays is not None:
            path = self._arrays / f"{name}.npz"
            signals, intervals = _from_arrays(path)
        else:
            path = self._pickle(name)
            signals, intervals = _from_pickle(path, self._export(name))
        begin_s = begin_of_rest(path, intervals)
        person = self.person(name)
        return Recording(
            name=person,
            person=person,
            signals=tuple(cropped(signal, begin_s) for signal in signals),
            intervals=from_rest_on(intervals, begin_s),
        )

    def _pickle(self, name: str) -> Path:
        return self._folder / name / f"{name}.pkl"

    def _export(self, name: str) -> Path | None:
        places = (self._folder / name / f"{name}_E4_Data.zip", self._folder / name / f"{name}_E4_Data")
        return next((place for place in places if is_e4(place)), None)


Parts = tuple[tuple[Signal, ...], tuple[Interval, ...]]


def _own_folder(data: Path) -> Path:
    try:
        return existing_folder(data, OWN_FOLDER)
    except RecordingError:
        raise RecordingError(
            f"{data} holds neither {ARRAYS_FOLDER}/ nor {OWN_FOLDER}/: --data must point at a folder with one of them"
        ) from None


def _from_arrays(path: Path) -> Parts:
    arrays = read_arrays(path, (*E4_ARRAYS, "intervals"), E4_MOTION)
    rows = np.asarray(arrays["intervals"], np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3 or not set(rows[:, 2].astype(int)) <= set(STATES):
        raise RecordingError(
            f"{path}: intervals must be rows of start_s, end_s and a state of {list(STATES)}"
        )
    intervals = tuple(Interval(start_s=s, end_s=e, name=STATES[int(k)]) for s, e, k in rows.tolist())
    return e4_signals(arrays), intervals


def _from_pickle(path: Path, export: Path | None) -> Parts:
    file = read_wesad(path)
    if export is None:
        pulse, eda = (channel(path, file.wrist, name) for name in ("BVP", "EDA"))
        acc_g = channel(path, file.wrist, "ACC") / E4_COUNTS_PER_G
        parts = ((Modality.BVP, pulse), (Modality.EDA, eda), (Modality.ACC, acc_g))
        return tuple(series(m, WRIST_HZ[m.name], values) for m, values in parts), file.intervals()
    shift_s = _shift_s(path, file, export, signals := read_e4(export))
    intervals = tuple(
        Interval(start_s=i.start_s + shift_s, end_s=i.end_s + shift_s, name=i.name) for i in file.intervals()
    )
    return tuple(s for s in signals if s.modality is not Modality.TEMP), intervals


def _shift_s(path: Path, file: WesadFile, export: Path, signals: tuple[Signal, ...]) -> float:
    """Where on the export's axis the pickle begins."""
    pulse = next(signal for signal in signals if signal.modality is Modality.BVP)
    at = offset_in(pulse.values, channel(path, file.wrist, "BVP"))
    if at is None or pulse.rate_hz is None:
        raise RecordingError(f"{export} does not hold the pulse wave of {path.name}: are they of one person?")
    return pulse.start_s + at / pulse.rate_hz
