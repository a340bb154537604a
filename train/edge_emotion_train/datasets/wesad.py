"""WESAD as its authors ship it: ``WESAD/S2/S2.pkl`` with chest and wrist signals and a state 700 times a second.

Traps
-----
- The files are pickles: see `edge_emotion_train.datasets.unpickling`.
- Names of channels differ in case between the description and the files.
- S1 and S12 do not exist. States 0 and 5 to 7 mean nothing.
- The times in ``S2_quest.csv`` are those of the chest device; the wrist's clock is 18 to 26 minutes off. Where the whole
  export of the wrist is read, the part that the pickle holds is found in it sample by sample.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion_train.datasets.protocol import Interval
from edge_emotion_train.datasets.unpickling import read_arrays_pickle

STATES = {1: "baseline", 2: "stress", 3: "amusement", 4: "meditation"}
CHEST_HZ = 700.0
WRIST_HZ = {"ACC": 32.0, "BVP": 64.0, "EDA": 4.0, "TEMP": 4.0}
SAME = 1e-3
"""The export writes two decimals; reading it in single precision moves the fifth."""

PERSON = re.compile(r"S\d+")

Channels = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WesadFile:
    """A person's pickle: channels by name in capitals, shape (n,) or (n, axes), and the state at `CHEST_HZ`."""

    chest: Channels
    wrist: Channels
    states: NDArray[np.int64]

    def intervals(self) -> tuple[Interval, ...]:
        """Runs of one known state."""
        edges = [0, *(np.flatnonzero(np.diff(self.states)) + 1).tolist(), len(self.states)]
        return tuple(
            Interval(start_s=first / CHEST_HZ, end_s=last / CHEST_HZ, name=STATES[int(self.states[first])])
            for first, last in pairwise(edges)
            if last > first and int(self.states[first]) in STATES
        )


def wesad_people(folder: Path) -> tuple[str, ...]:
    """Everyone whose pickle is there, in the order of their numbers."""
    found = [
        path.stem
        for path in folder.glob("S*/S*.pkl")
        if PERSON.fullmatch(path.stem) and path.stem == path.parent.name
    ]
    return tuple(sorted(found, key=lambda n: (len(n), n)))


def read_wesad(path: Path) -> WesadFile:
    """Read a person's pickle without running it.

    Raises
    ------
    RecordingError
        If it asks for anything but arrays, is damaged, or lacks a part.
    """
    content = read_arrays_pickle(path)
    if not isinstance(content, dict) or not isinstance(content.get("signal"), dict) or "label" not in content:
        raise RecordingError(f"{path} must hold a dictionary with signal and label")
    states = np.asarray(content["label"])
    if states.ndim != 1 or states.dtype.kind not in "iu" or not len(states):
        raise RecordingError(f"{path}: label has the shape {states.shape}; one state a sample is needed")
    parts = {str(name).lower(): part for name, part in content["signal"].items()}
    return WesadFile(
        chest=_channels(path, parts.get("chest", {})),
        wrist=_channels(path, parts.get("wrist", {})),
        states=states.astype(np.int64),
    )


def channel(path: Path, channels: Channels, name: str) -> NDArray[Any]:
    """One channel, whatever the case of its name; shape (n,) where it has a single axis.

    Raises
    ------
    RecordingError
        If it is not there.
    """
    if name.upper() not in channels:
        raise RecordingError(f"{path} lacks {name}; it holds {', '.join(channels) or 'no channel'}")
    return channels[name.upper()]


def begin_of_rest(path: Path, intervals: tuple[Interval, ...]) -> float:
    """Where the baseline begins: recordings are cut to begin with the rest that serves as the wearer's reference.

    Raises
    ------
    RecordingError
        If there is none.
    """
    begins = [i.start_s for i in intervals if i.name == STATES[1]]
    if not begins:
        raise RecordingError(f"{path} has no baseline (state 1) to serve as the wearer's reference")
    return min(begins)


def from_rest_on(intervals: tuple[Interval, ...], begin_s: float) -> tuple[Interval, ...]:
    """The intervals that begin at ``begin_s`` or later, counted from there."""
    return tuple(
        Interval(start_s=i.start_s - begin_s, end_s=i.end_s - begin_s, name=i.name)
        for i in intervals
        if i.start_s >= begin_s
    )


def offset_in(whole: NDArray[Any], part: NDArray[Any]) -> int | None:
    """Index at which ``part`` occurs in ``whole``, sample by sample; ``None`` where it does not."""
    if not len(part) or len(part) > len(whole):
        return None
    room = len(whole) - len(part) + 1
    for at in np.flatnonzero(np.isclose(whole[:room], part[0], rtol=0, atol=SAME)).tolist():
        if np.allclose(whole[at : at + len(part)], part, rtol=0, atol=SAME):
            return int(at)
    return None


def _channels(path: Path, part: object) -> Channels:
    if not isinstance(part, dict):
        raise RecordingError(f"{path}: chest and wrist must be dictionaries of arrays")
    channels: dict[str, NDArray[Any]] = {}
    for name, values in part.items():
        if not isinstance(values, np.ndarray) or values.ndim not in (1, 2) or values.dtype.kind not in "fiu":
            raise RecordingError(f"{path}: {name} is no series of numbers")
        channels[str(name).upper()] = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    return channels
