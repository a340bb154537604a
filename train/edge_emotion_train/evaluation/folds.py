"""The folds of a board: side by side, and kept as they finish, so that a killed run repeats none of them."""

from __future__ import annotations

import hashlib
import pickle
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from edge_emotion.errors import InputError
from edge_emotion_train.evaluation.prediction_files import arrays_of, checked
from edge_emotion_train.evaluation.predictions import BoardPredictions
from edge_emotion_train.evaluation.splits import Fold
from edge_emotion_train.fanout import Task, in_order
from edge_emotion_train.learning.progress import track
from edge_emotion_train.runs.keys import code_digest, files_digest, recording_digest
from edge_emotion_train.runs.workshop import Workshop
from edge_emotion_train.whole_files import whole_file

FOLDER = "folds"


Judged = BoardPredictions | None
"""``None`` where the judged people have no usable window."""

Judge = Callable[[Fold], Judged]


def judged_folds(
    judge: Judge, folds: Sequence[Fold], board: str, workshop: Workshop, reads: Sequence[Path] = ()
) -> Iterator[Judged]:
    """What ``judge`` says of each fold, in their order.

    With ``workshop.keep`` each finished fold is a file named by the hash of all that it depends on: what ``judge``
    binds (recipe, systems, seed), the files that it ``reads``, the people's windows, and the code. A change of any of them
    judges anew.
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
        for fold, key in zip(folds, _keys(judge, folds, reads), strict=True)
    ]
    yield from in_order(track(_kept_first(judge, folds, files, workshop), f"board {board}", len(folds)))


def _kept_first(
    judge: Judge, folds: Sequence[Fold], files: Sequence[Path], workshop: Workshop
) -> Iterator[tuple[int, Judged]]:
    todo: list[int] = []
    for number, file in enumerate(files):
        try:
            kept = _read(file)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, InputError):
            todo.append(number)  # absent or damaged: the fold is simply judged again
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


def _keys(judge: Judge, folds: Sequence[Fold], reads: Sequence[Path]) -> Iterator[str]:
    digests = {id(r): recording_digest(r) for fold in folds for r in (*fold.training, *fold.test)}
    shared = hashlib.sha256(pickle.dumps(judge) + files_digest(reads) + code_digest()).digest()
    for fold in folds:
        digest = hashlib.sha256(shared)
        for side in (fold.training, fold.test):
            digest.update(len(side).to_bytes(8, "little"))
            for recording in side:
                digest.update(digests[id(recording)])
        yield digest.hexdigest()[:32]


def _write(file: Path, judged: Judged) -> None:
    """To the last bit, unlike the record of a board: a run that goes on ends with the figures of one that never stopped."""
    with whole_file(file) as handle:
        np.savez(handle, **({} if judged is None else arrays_of(judged)))


def _read(file: Path) -> Judged:
    with file.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return checked(arrays) if arrays else None
