"""DEAP: 32 people, 40 music videos of one minute, EEG and peripheral signals at 128 Hz, ratings from 1 to 9.

Deviations and traps
--------------------
- Skin conductance comes as resistance in Ohm and is turned into uS; what is not positive is missing.
- Channel 37 is respiration, 38 the plethysmograph (some public code swaps them). There is no ECG: the pulse wave plays the
  cardiac part.
- The preprocessed files hold the videos in the order of their number, not of viewing; they are laid out in that order with
  pauses of 10 s, so "earlier in the session" means nothing here.
- Temperature and respiration are passed on as they are; the files do not state their unit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.mat import need, read_cells
from edge_emotion_train.datasets.protocol import (
    DatasetInfo,
    Recording,
    existing_folder,
    file_of,
    files_digest,
)
from edge_emotion_train.datasets.signals import microsiemens
from edge_emotion_train.datasets.trials import Trial, lay_out, ratings
from edge_emotion_train.datasets.unpickling import read_arrays_pickle

RATE_HZ = 128.0
BASELINE_S = 3.0
EEG_CHANNELS = 32
GSR_OHM, RESPIRATION, PLETHYSMOGRAPH, TEMPERATURE = 36, 37, 38, 39
CHANNELS = 40
SCALES = ("valence", "arousal", "dominance", "liking")


class Deap:
    """``DEAP/data_preprocessed_python/s01.dat`` (pickle, read without running it), or ``data_preprocessed_matlab/s01.mat``."""

    info = DatasetInfo(
        name="deap",
        licence="EULA of the set: academic, non-commercial research",
        citation="Koelstra et al., DEAP: A Database for Emotion Analysis using Physiological Signals, "
        "IEEE Trans. Affective Computing 3(1), 2012",
        weights_may_ship=False,
        page="https://www.eecs.qmul.ac.uk/mmv/datasets/deap/",
        people=32,
        signals="EEG 32 channels, BVP, skin resistance, respiration, temperature, all 128 Hz; no ECG",
        labels="baseline, clip; ratings valence, arousal, dominance, liking 1-9",
        folder="DEAP",
    )

    def __init__(self, data: Path) -> None:
        folder = existing_folder(data, self.info.folder)
        found = [*folder.rglob("s[0-9][0-9].mat"), *folder.rglob("s[0-9][0-9].dat")]
        # Where both forms are there, the pickle is taken: it is the smaller and the usual one.
        self._files = {path.stem: path for path in sorted(found, key=lambda p: (p.suffix == ".dat", str(p)))}

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return files_digest([file_of(self._files, name)])

    def load(self, name: str) -> Recording:
        path = file_of(self._files, name)
        data, labels = _arrays(path)
        trials = [_trial(values, rated) for values, rated in zip(data, labels, strict=True)]
        signals, intervals = lay_out(trials)
        person = self.person(name)
        return Recording(name=person, person=person, signals=signals, intervals=intervals)


def _arrays(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    content = read_arrays_pickle(path) if path.suffix == ".dat" else read_cells(path)
    if not isinstance(content, dict):
        raise RecordingError(f"{path} must hold a dictionary with data and labels")
    need(path, content, "data", "labels")
    data, labels = np.asarray(content["data"]), np.asarray(content["labels"])
    fits = data.ndim == 3 and labels.ndim == 2 and data.dtype.kind == labels.dtype.kind == "f"
    if not fits or data.shape[:2] != (len(labels), CHANNELS) or labels.shape[1] != len(SCALES):
        raise RecordingError(
            f"{path}: data has the shape {data.shape}, labels {labels.shape}; (n, {CHANNELS}, samples) and "
            f"(n, {len(SCALES)}) are needed"
        )
    return data, labels


def _trial(values: NDArray[np.float64], rated: NDArray[np.float64]) -> Trial:
    plain = values.astype(np.float32)
    return Trial(
        signals={
            Modality.BVP: (RATE_HZ, plain[PLETHYSMOGRAPH]),
            Modality.EDA: (RATE_HZ, microsiemens(values[GSR_OHM])),
            Modality.EEG: (RATE_HZ, plain[:EEG_CHANNELS].T),
            Modality.RESP: (RATE_HZ, plain[RESPIRATION]),
            Modality.TEMP: (RATE_HZ, plain[TEMPERATURE]),
        },
        baseline_s=BASELINE_S,
        duration_s=values.shape[1] / RATE_HZ,
        ratings=ratings(SCALES, rated.tolist(), 1.0, 9.0),
    )
