"""WESAD, wrist: 15 people with an Empatica E4. Its licence is for non-commercial research: evaluate only."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_emotion.errors import RecordingError
from edge_emotion_train.datasets.npz import E4_ARRAYS, E4_MOTION, e4_signals, read_arrays
from edge_emotion_train.datasets.protocol import DatasetInfo, Interval, Recording, existing_folder

STATES = {1: "baseline", 2: "stress", 3: "amusement", 4: "meditation"}


class WesadWrist:
    """``wesad_wrist_e4/S*.npz``: arrays ``bvp, eda, acc`` with ``*_fs``, ``intervals`` (n, 3) of start_s, end_s,
    state.

    A recording is cut to begin with its baseline: the device was switched on up to 30 minutes before, and
    the first minutes must be the rest that serves as the wearer's reference.
    """

    info = DatasetInfo(
        name="wesad_wrist",
        licence="WESAD terms: non-commercial research; neither data nor weights learned from it are shipped",
        citation="Schmidt et al., Introducing WESAD, a Multimodal Dataset for Wearable Stress and Affect Detection, "
        "ICMI 2018",
        weights_may_ship=False,
    )

    def __init__(self, data: Path) -> None:
        self._folder = existing_folder(data, "wesad_wrist_e4")

    def names(self) -> tuple[str, ...]:
        return tuple(sorted((path.stem for path in self._folder.glob("S*.npz")), key=lambda n: (len(n), n)))

    def fingerprint(self, name: str) -> bytes:
        return (self._folder / f"{name}.npz").read_bytes()

    def load(self, name: str) -> Recording:
        path = self._folder / f"{name}.npz"
        arrays = read_arrays(path, (*E4_ARRAYS, "intervals"), E4_MOTION)
        rows = np.asarray(arrays["intervals"], np.float64)
        if rows.ndim != 2 or rows.shape[1] != 3 or not set(rows[:, 2].astype(int)) <= set(STATES):
            raise RecordingError(
                f"{path}: intervals must be rows of start_s, end_s and a state of {list(STATES)}"
            )
        begin_s = float(rows[rows[:, 2] == 1, 0].min(initial=np.inf))
        if not np.isfinite(begin_s):
            raise RecordingError(f"{path} has no baseline (state 1) to serve as the wearer's reference")
        person = f"{self.info.name}/{name}"
        return Recording(
            name=person,
            person=person,
            signals=e4_signals(arrays, crop_s=begin_s),
            intervals=tuple(
                Interval(start_s=s - begin_s, end_s=e - begin_s, name=STATES[int(k)])
                for s, e, k in rows.tolist()
                if s >= begin_s
            ),
        )
