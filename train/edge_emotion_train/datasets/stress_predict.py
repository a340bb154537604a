"""Stress-Predict: 35 people with an Empatica E4, three stress tasks in one fixed order, rest in between."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_emotion.errors import RecordingError
from edge_emotion_train.datasets.npz import E4_ARRAYS, E4_MOTION, e4_signals, read_arrays
from edge_emotion_train.datasets.protocol import DatasetInfo, Interval, Recording, existing_folder

TASKS = ("stroop", "interview", "hyperventilation")


class StressPredict:
    """``stress_predict/S*.npz``: arrays ``bvp, eda, acc`` with ``*_fs``, ``eda_start``, ``stress_intervals`` (3,
    2), ``duration_s``."""

    info = DatasetInfo(
        name="stress_predict",
        licence="MIT, (c) 2022 Talha Iqbal",
        citation="Iqbal et al., Stress Monitoring Using Wearable Sensors: A Pilot Study and Stress-Predict Dataset, "
        "Sensors 2022, 22(21):8135",
        weights_may_ship=True,
        page="https://doi.org/10.3390/s22218135",
        people=35,
        signals="BVP 64 Hz, skin conductance 4 Hz, acceleration 32 Hz",
        labels="rest, stroop, interview, hyperventilation",
        folder="stress_predict",
    )

    def __init__(self, data: Path) -> None:
        self._folder = existing_folder(data, "stress_predict")

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self._folder.glob("S*.npz")))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return (self._folder / f"{name}.npz").read_bytes()

    def load(self, name: str) -> Recording:
        path = self._folder / f"{name}.npz"
        arrays = read_arrays(path, (*E4_ARRAYS, "eda_start", "stress_intervals", "duration_s"), E4_MOTION)
        tasks = np.asarray(arrays["stress_intervals"], np.float64)
        if tasks.shape != (len(TASKS), 2):
            raise RecordingError(
                f"{path}: stress_intervals has shape {tasks.shape}, must be {(len(TASKS), 2)}"
            )
        person = self.person(name)
        return Recording(
            name=person,
            person=person,
            signals=e4_signals(arrays, eda_start_s=float(arrays["eda_start"])),
            intervals=_with_rest(tasks.tolist(), float(arrays["duration_s"])),
        )


def _with_rest(tasks: list[list[float]], duration_s: float) -> tuple[Interval, ...]:
    """The tasks, and everything around them as rest."""
    intervals: list[Interval] = []
    reached_s = 0.0
    for (start_s, end_s), name in zip(tasks, TASKS, strict=True):
        intervals.append(Interval(start_s=reached_s, end_s=start_s, name="rest"))
        intervals.append(Interval(start_s=start_s, end_s=end_s, name=name))
        reached_s = end_s
    return (*intervals, Interval(start_s=reached_s, end_s=duration_s, name="rest"))
