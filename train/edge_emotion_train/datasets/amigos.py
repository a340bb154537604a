"""AMIGOS: 40 people, 16 short and 4 long films, wireless EEG, ECG and skin conductance at 128 Hz, ratings from 1 to 9.

Deviations and traps
--------------------
- Cells can be empty (nobody saw the film), signals can come without ratings and ratings without signals: a film without
  signals is left out, one without ratings is kept without them and matches no rating rule.
- Columns can be NaN, mostly an ECG lead: of the two leads the one with fewer missing samples is taken, film by film.
- A variable is spelt ``labels_selfassessment`` or, in one mirror, ``labels_selfassessments``.
- The unit of the ECG is not stated: see `edge_emotion_train.datasets.signals.millivolts`. Skin conductance is taken as uS.
- The long films were seen on another day, some of them in groups; films are laid out in the order of the file, 10 s apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.types import FloatArray, Modality
from edge_emotion_train.datasets.mat import need, read_cells
from edge_emotion_train.datasets.protocol import (
    DatasetInfo,
    Recording,
    existing_folder,
    file_of,
    files_digest,
)
from edge_emotion_train.datasets.signals import millivolts
from edge_emotion_train.datasets.trials import Trial, lay_out, ratings

RATE_HZ = 128.0
BASELINE_S = 5.0
COLUMNS = 17
EEG_CHANNELS = 14
ECG_LEADS = (14, 15)
GSR = 16
SCALES = ("arousal", "valence", "dominance", "liking", "familiarity")
FILE = re.compile(r"Data_Preprocessed_(P\d+)\.mat")


class Amigos:
    """``AMIGOS/Data_Preprocessed_P01.mat`` ..., wherever below the folder."""

    info = DatasetInfo(
        name="amigos",
        licence="EULA of the set: academic, non-commercial research",
        citation="Miranda-Correa et al., AMIGOS: A Dataset for Affect, Personality and Mood Research on Individuals and "
        "Groups, IEEE Trans. Affective Computing 12(2), 2021",
        weights_may_ship=False,
        page="http://www.eecs.qmul.ac.uk/mmv/datasets/amigos/",
        people=40,
        signals="EEG 14 channels, ECG 2 leads, skin conductance, all 128 Hz",
        labels="baseline, clip; ratings arousal, valence, dominance, liking, familiarity 1-9",
        folder="AMIGOS",
    )

    def __init__(self, data: Path) -> None:
        folder = existing_folder(data, self.info.folder)
        found = ((FILE.fullmatch(path.name), path) for path in sorted(folder.rglob("*.mat")))
        # A person's file can lie in a folder of the file's own name.
        self._files = {match[1]: path for match, path in found if match and path.is_file()}

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return files_digest([file_of(self._files, name)])

    def load(self, name: str) -> Recording:
        path = file_of(self._files, name)
        trials = [trial for trial in _trials(path) if trial is not None]
        if not trials:
            raise RecordingError(
                f"{path} holds no film with a signal; leave {name} out: without = [{name!r}]"
            )
        signals, intervals = lay_out(trials)
        person = self.person(name)
        return Recording(name=person, person=person, signals=signals, intervals=intervals)


def _trials(path: Path) -> list[Trial | None]:
    content = read_cells(path)
    spelling = next((key for key in content if key.startswith("labels_selfassessment")), "")
    need(path, content, "joined_data", spelling or "labels_selfassessment")
    films, rated = content["joined_data"].ravel(), content[spelling].ravel()
    if len(films) != len(rated):
        raise RecordingError(f"{path}: {len(films)} films, but ratings of {len(rated)}: restore it")
    return [_trial(path, film, values) for film, values in zip(films, rated, strict=True)]


def _trial(path: Path, film: Any, rated: Any) -> Trial | None:
    values = np.asarray(film)
    if values.size == 0:
        return None
    if values.ndim != 2 or values.shape[1] != COLUMNS or values.dtype.kind != "f":
        raise RecordingError(f"{path}: a film has the shape {values.shape}; (samples, {COLUMNS}) is needed")
    if not np.isfinite(values).any():
        return None
    own = np.asarray(rated, dtype=object).ravel().tolist()
    numbers = [float(v) for v in own if isinstance(v, int | float)]
    return Trial(
        signals={
            Modality.ECG: (RATE_HZ, _best_lead(values)),
            Modality.EDA: (RATE_HZ, values[:, GSR].astype(np.float32)),
            Modality.EEG: (RATE_HZ, values[:, :EEG_CHANNELS].astype(np.float32)),
        },
        baseline_s=BASELINE_S,
        duration_s=len(values) / RATE_HZ,
        ratings=_rated(numbers),
    )


def _rated(numbers: Sequence[float]) -> tuple[Any, ...]:
    return ratings(SCALES, numbers, 1.0, 9.0) if len(numbers) >= len(SCALES) else ()


def _best_lead(values: NDArray[Any]) -> FloatArray:
    leads = [values[:, lead] for lead in ECG_LEADS]
    return millivolts(min(leads, key=lambda lead: int(np.isnan(lead).sum())))
