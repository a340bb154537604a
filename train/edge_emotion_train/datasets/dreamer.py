"""DREAMER: 23 people, 18 film clips, wireless EEG at 128 Hz and ECG at 256 Hz, ratings from 1 to 5. No skin conductance.

Deviations
----------
- One file holds everyone; each person is one recording, clips in the order of the file with their 61 s baseline before each.
- Two ECG channels are there; the first is taken. Its unit is not stated: see
  `edge_emotion_train.datasets.signals.millivolts`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.mat import need, read_structs
from edge_emotion_train.datasets.protocol import DatasetInfo, Recording, existing_folder, files_digest
from edge_emotion_train.datasets.signals import millivolts
from edge_emotion_train.datasets.trials import Trial, lay_out, ratings

FILE = "DREAMER.mat"
SCALES = {"valence": "ScoreValence", "arousal": "ScoreArousal", "dominance": "ScoreDominance"}


class Dreamer:
    """``DREAMER/DREAMER.mat``: people are called P01 to P23 in the order of the file."""

    info = DatasetInfo(
        name="dreamer",
        licence="terms of the set's page, on request for research; not checked here",
        citation="Katsigiannis & Ramzan, DREAMER: A Database for Emotion Recognition Through EEG and ECG Signals From "
        "Wireless Low-cost Off-the-Shelf Devices, IEEE J. Biomedical and Health Informatics 22(1), 2018",
        weights_may_ship=False,
        page="https://zenodo.org/records/546113",
        people=23,
        signals="EEG 14 channels 128 Hz, ECG 2 channels 256 Hz; no skin conductance",
        labels="baseline, clip; ratings valence, arousal, dominance 1-5",
        folder="DREAMER",
    )

    def __init__(self, data: Path) -> None:
        self._path = existing_folder(data, self.info.folder) / FILE
        if not self._path.is_file():
            raise RecordingError(f"{self._path} is not there: put {FILE} into this folder")

    def names(self) -> tuple[str, ...]:
        return tuple(f"P{number:02d}" for number in range(1, len(_people(*_version(self._path))) + 1))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return _digest(*_version(self._path)) + name.encode()

    def load(self, name: str) -> Recording:
        names = self.names()
        if name not in names:
            raise RecordingError(f"{name} is not in {self._path}; it holds {', '.join(names)}")
        struct, version = _struct(*_version(self._path)), _people(*_version(self._path))
        try:
            trials = _trials(struct, version[names.index(name)])
        except (AttributeError, TypeError, ValueError, IndexError) as error:
            raise RecordingError(f"{self._path}: {name} is not as DREAMER describes it ({error})") from None
        signals, intervals = lay_out(trials)
        person = self.person(name)
        return Recording(name=person, person=person, signals=signals, intervals=intervals)


def _trials(struct: Any, person: Any) -> list[Trial]:
    eeg_hz, ecg_hz = float(struct.EEG_SamplingRate), float(struct.ECG_SamplingRate)
    trials: list[Trial] = []
    for clip in range(len(person.EEG.stimuli)):
        eeg = [_matrix(part[clip]) for part in (person.EEG.baseline, person.EEG.stimuli)]
        ecg = [_matrix(part[clip])[:, 0] for part in (person.ECG.baseline, person.ECG.stimuli)]
        scores = [float(np.ravel(getattr(person, field))[clip]) for field in SCALES.values()]
        baseline_s = len(eeg[0]) / eeg_hz
        trials.append(
            Trial(
                signals={
                    Modality.ECG: (ecg_hz, millivolts(np.concatenate(ecg))),
                    Modality.EEG: (eeg_hz, np.concatenate(eeg).astype(np.float32)),
                },
                baseline_s=baseline_s,
                duration_s=baseline_s + len(eeg[1]) / eeg_hz,
                ratings=ratings(tuple(SCALES), scores, 1.0, 5.0),
            )
        )
    return trials


def _matrix(values: Any) -> NDArray[Any]:
    matrix = np.asarray(values)
    if matrix.ndim != 2 or matrix.dtype.kind not in "fiu":
        raise ValueError(f"a clip of shape {matrix.shape}")
    return matrix


def _version(path: Path) -> tuple[Path, int, int]:
    about = path.stat()
    return path, about.st_size, about.st_mtime_ns


# The file is 450 MB and holds everyone: it is read once a process, and once more when it has changed.
@lru_cache(maxsize=1)
def _struct(path: Path, size: int, modified_ns: int) -> Any:
    content = read_structs(path)
    need(path, content, "DREAMER")
    return content["DREAMER"]


@lru_cache(maxsize=1)
def _digest(path: Path, size: int, modified_ns: int) -> bytes:
    return files_digest([path])


def _people(path: Path, size: int, modified_ns: int) -> list[Any]:
    try:
        return list(np.atleast_1d(_struct(path, size, modified_ns).Data))
    except AttributeError:
        raise RecordingError(f"{path}: the variable DREAMER has no field Data: restore it") from None
