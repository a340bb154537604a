"""Labelled model inputs as arrays, with the person beside each window so that no split can forget whose it
is."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import InputError
from edge_emotion.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSet:
    """N normalised windows.

    Parameters
    ----------
    inputs
        By the names that the network declares (`FusionModel.inputs`), each float32 with a leading axis of N.
    labels
        Shape (N,), int64, index into the run's labels.
    people
        Shape (N,), str: who the window was taken from.
    moments
        Shape (N,), str: which moment of which stimulus (`edge_emotion_train.pretraining.moments`); ``None`` where nobody
        asked. Not kept on disk.
    """

    inputs: Mapping[str, FloatArray]
    labels: NDArray[np.int64]
    people: NDArray[np.str_]
    moments: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return int(self.labels.shape[0])

    def take(self, index: NDArray[np.bool_] | NDArray[np.int64]) -> WindowSet:
        """The windows that a mask or an index array picks."""
        return WindowSet(
            inputs={name: values[index] for name, values in self.inputs.items()},
            labels=self.labels[index],
            people=self.people[index],
            moments=None if self.moments is None else self.moments[index],
        )

    def of(self, people: Iterable[str]) -> WindowSet:
        """The windows of these people."""
        return self.take(np.isin(self.people, sorted(people)))

    def without(self, people: Iterable[str]) -> WindowSet:
        """The windows of everyone else."""
        return self.take(~np.isin(self.people, sorted(people)))

    def names(self) -> tuple[str, ...]:
        """Everyone in the set, once, sorted."""
        return tuple(sorted({str(person) for person in self.people}))


def join(sets: Iterable[WindowSet]) -> WindowSet:
    """One set after the other.

    Raises
    ------
    InputError
        If there is nothing to join.
    """
    parts = list(sets)
    if not parts:
        raise InputError(
            "no usable window in any recording: lower minimum_quality, or check the labelled intervals"
        )
    moments = [p.moments for p in parts if p.moments is not None]
    return WindowSet(
        inputs={name: np.concatenate([p.inputs[name] for p in parts]) for name in parts[0].inputs},
        labels=np.concatenate([p.labels for p in parts]),
        people=np.concatenate([p.people for p in parts]),
        moments=None if len(moments) < len(parts) else np.concatenate(moments),
    )


def save_windows(path: Path, windows: WindowSet) -> None:
    """Write ``windows`` as an npz without pickles."""
    arrays: dict[str, Any] = {**windows.inputs, "labels": windows.labels, "people": windows.people}
    with path.open("wb") as handle:
        np.savez_compressed(handle, **arrays)


def load_windows(path: Path, names: Sequence[str]) -> WindowSet:
    """Read what `save_windows` wrote: the inputs ``names``, in this order.

    Raises
    ------
    InputError
        If the file is missing, damaged, or lacks an array.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: this is not a complete run folder; train again")
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read as windows ({error}): restore it or train again") from error
    return _checked(path, arrays, names)


def _checked(path: Path, arrays: Mapping[str, NDArray[np.generic]], names: Sequence[str]) -> WindowSet:
    wanted = (*names, "labels", "people")
    missing = [name for name in wanted if name not in arrays]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}; it must hold {', '.join(wanted)}")
    lengths = {name: arrays[name].shape[0] if arrays[name].ndim else -1 for name in wanted}
    if len(set(lengths.values())) != 1 or -1 in lengths.values():
        raise InputError(f"{path}: arrays differ in length ({lengths}): restore it or train again")
    return WindowSet(
        inputs={name: arrays[name].astype(np.float32, copy=False) for name in names},
        labels=arrays["labels"].astype(np.int64, copy=False),
        people=arrays["people"].astype(np.str_, copy=False),
    )
