"""CASE: 30 people, 8 film clips between blue screens, 1000 Hz, valence and arousal told all the time with a joystick.

Deviations
----------
- Where a clip is watched, each piece of `PIECE_S` seconds is an interval of its own with the mean of the joystick over it: a
  window counts for a class when 90 % of its pieces do. No lag of the hand behind the feeling is taken off.
- Clips are told by the kind that they were chosen for; clips 9 and above of the codes (start, blue screen, end) are not rated.
- Units as the set describes them: ECG mV, conductance uS, temperature degC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.protocol import (
    DatasetInfo,
    Interval,
    Rating,
    Recording,
    existing_folder,
    files_digest,
)
from edge_emotion_train.datasets.signals import series
from edge_emotion_train.datasets.trials import ratings

PIECE_S = 5.0
SCALES = ("valence", "arousal")
LOWEST, HIGHEST = 0.5, 9.5
CLIPS = {
    1: "amusing",
    2: "amusing",
    3: "boring",
    4: "boring",
    5: "relaxing",
    6: "relaxing",
    7: "scary",
    8: "scary",
    10: "start",
    11: "blue_screen",
    12: "end",
}
COLUMNS = {"ecg": Modality.ECG, "gsr": Modality.EDA, "rsp": Modality.RESP, "skt": Modality.TEMP}

Table = Mapping[str, NDArray[np.float64]]


class Case:
    """``CASE/data/interpolated/physiological/sub_1.csv`` and ``.../annotations/sub_1.csv``."""

    info = DatasetInfo(
        name="case",
        licence="terms of the set's page; not checked here",
        citation="Sharma et al., A dataset of continuous affect annotations and physiological signals for emotion analysis, "
        "Scientific Data 6, 196, 2019",
        weights_may_ship=False,
        page="https://www.nature.com/articles/s41597-019-0209-0",
        people=30,
        signals="ECG, skin conductance, respiration, temperature (BVP and EMG are not read), 1000 Hz",
        labels="amusing, boring, relaxing, scary, blue_screen, start, end; ratings valence, arousal 0.5-9.5 every 5 s",
        folder="CASE",
    )

    def __init__(self, data: Path) -> None:
        folder = existing_folder(data, self.info.folder)
        inner = folder / "data" / "interpolated"
        self._folder = inner if inner.is_dir() else folder / "interpolated"

    def names(self) -> tuple[str, ...]:
        found = (path.stem for path in (self._folder / "physiological").glob("sub_*.csv"))
        return tuple(sorted(found, key=lambda n: (len(n), n)))

    def person(self, name: str) -> str:
        return f"{self.info.name}/{name}"

    def fingerprint(self, name: str) -> bytes:
        return files_digest(self._paths(name))

    def load(self, name: str) -> Recording:
        physiology, annotations = self._paths(name)
        body = _read(physiology, ("daqtime", *COLUMNS, "video"))
        hand = _read(annotations, ("jstime", *SCALES))
        rate_hz = 1000 * (len(body["daqtime"]) - 1) / float(body["daqtime"][-1] - body["daqtime"][0])
        if not 100 < rate_hz < 10_000:
            raise RecordingError(f"{physiology}: daqtime gives {rate_hz:.0f} rows a second; ms are needed")
        person = self.person(name)
        return Recording(
            name=person,
            person=person,
            signals=tuple(series(m, round(rate_hz, 1), body[column]) for column, m in COLUMNS.items()),
            intervals=tuple(_intervals(body, hand)),
        )

    def _paths(self, name: str) -> tuple[Path, Path]:
        folders = (self._folder / "physiological", self._folder / "annotations")
        return folders[0] / f"{name}.csv", folders[1] / f"{name}.csv"


def _read(path: Path, names: tuple[str, ...]) -> Table:
    try:
        with path.open(encoding="utf-8-sig") as handle:
            header = [column.strip() for column in handle.readline().split(",")]
            missing = [name for name in names if name not in header]
            if missing:
                raise RecordingError(f"{path} lacks {', '.join(missing)}; it has {', '.join(header)[:200]}")
            columns = [header.index(name) for name in names]
            table = np.loadtxt(handle, delimiter=",", usecols=columns, ndmin=2)
    except (OSError, ValueError, IndexError) as error:
        raise RecordingError(f"{path} cannot be read as a table of numbers ({error}): restore it") from None
    time = table[:, 0]
    if len(table) < 2 or not np.all(np.diff(time) > 0):
        raise RecordingError(f"{path}: {names[0]} does not increase over {len(table)} rows: restore it")
    return {name: table[:, at] for at, name in enumerate(names)}


def _intervals(body: Table, hand: Table) -> Iterator[Interval]:
    time_s = (body["daqtime"] - body["daqtime"][0]) / 1000
    hand_s = (hand["jstime"] - body["daqtime"][0]) / 1000
    codes = body["video"].astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for first, last in pairwise(edges):
        name = CLIPS.get(int(codes[first]))
        if name is None:
            continue
        start_s, end_s = float(time_s[first]), float(time_s[min(last, len(codes) - 1)])
        if int(codes[first]) > 8:
            yield Interval(start_s=start_s, end_s=end_s, name=name)
            continue
        bounds = np.append(np.arange(start_s, max(end_s - PIECE_S / 2, start_s + 1e-9), PIECE_S), end_s)
        for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            yield Interval(start_s=low, end_s=high, name=name, ratings=_told(hand, hand_s, low, high))


def _told(hand: Table, hand_s: NDArray[np.float64], low: float, high: float) -> tuple[Rating, ...]:
    inside = (hand_s >= low) & (hand_s < high)
    if not inside.any():
        return ()
    return ratings(SCALES, [float(hand[s][inside].mean()) for s in SCALES], LOWEST, HIGHEST)
