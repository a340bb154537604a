"""The folds of a board: side by side, and kept as they finish, so that a killed run repeats none of them."""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion_train.evaluation.splits import Fold
from edge_emotion_train.fanout import Task, in_order
from edge_emotion_train.keys import code_digest, recording_digest
from edge_emotion_train.progress import track
from edge_emotion_train.workshop import Workshop

FOLDER = "folds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """What one system said about the judged windows, shapes (N, classes), (N,), (N,)."""

    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    people: NDArray[np.str_]


Judged = list[Predictions]
Judge = Callable[[Fold], Judged]


def judged_folds(judge: Judge, folds: Sequence[Fold], board: str, workshop: Workshop) -> Iterator[Judged]:
    """What ``judge`` says of each fold, in their order.

    With ``workshop.keep`` each finished fold is a file named by the hash of all that it depends on: what ``judge``
    binds (recipe, systems, seed), the people's windows, and the code. A change of any of them judges anew.
    """
    if workshop.keep is None:
        yield from in_order(
            track(_fresh(judge, folds, range(len(folds)), workshop), f"board {board}", len(folds))
        )
        return
    folder = workshop.keep / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    files = [
        folder / f"{_name(fold).replace('/', '-')}-{key}.npz"
        for fold, key in zip(folds, _keys(judge, folds), strict=True)
    ]
    yield from in_order(track(_kept_first(judge, folds, files, workshop), f"board {board}", len(folds)))


def _kept_first(
    judge: Judge, folds: Sequence[Fold], files: Sequence[Path], workshop: Workshop
) -> Iterator[tuple[int, Judged]]:
    todo: list[int] = []
    for number, file in enumerate(files):
        kept = _read(file)
        if kept is None:
            todo.append(number)
        else:
            yield number, kept
    for number, judged in _fresh(judge, folds, todo, workshop):
        _write(files[number], judged)
        yield number, judged


def _fresh(
    judge: Judge, folds: Sequence[Fold], todo: Sequence[int], workshop: Workshop
) -> Iterator[tuple[int, Judged]]:
    # All folds travel once, as part of the function: they share their recordings, one by one they would not.
    tasks = [Task(name=f"fold {_name(folds[number])}", item=number) for number in todo]
    for index, judged in workshop.fan_out.as_finished(partial(_judge, judge, tuple(folds)), tasks):
        yield todo[index], judged


def _judge(judge: Judge, folds: Sequence[Fold], number: int) -> Judged:
    return judge(folds[number])


def _name(fold: Fold) -> str:
    people = sorted({r.person for r in fold.test})
    return people[0] if len(people) == 1 else f"of-{len(people)}"


def _keys(judge: Judge, folds: Sequence[Fold]) -> Iterator[str]:
    digests = {id(r): recording_digest(r) for fold in folds for r in (*fold.training, *fold.test)}
    shared = hashlib.sha256(pickle.dumps(judge) + code_digest()).digest()
    for fold in folds:
        digest = hashlib.sha256(shared)
        for side in (fold.training, fold.test):
            digest.update(len(side).to_bytes(8, "little"))
            for recording in side:
                digest.update(digests[id(recording)])
        yield digest.hexdigest()[:32]


def _write(file: Path, judged: Judged) -> None:
    arrays = {
        f"{number}.{name}": getattr(predictions, name)
        for number, predictions in enumerate(judged)
        for name in Predictions.__slots__
    }
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as handle:
        np.savez(handle, **arrays)
    part.replace(file)


def _read(file: Path) -> Judged | None:
    """What was kept, or ``None`` where nothing usable is: then the fold is simply judged again."""
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    names = Predictions.__slots__
    count = len(arrays) // len(names)
    return [Predictions(**{name: arrays[f"{number}.{name}"] for name in names}) for number in range(count)]
