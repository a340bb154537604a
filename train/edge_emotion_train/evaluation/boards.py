"""Boards: which people judge, who may be learned from, and every system's row."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import BoardRow, NormalisationSpec
from edge_emotion_train.evaluation.metrics import score
from edge_emotion_train.evaluation.splits import Fold, leave_one_person_out
from edge_emotion_train.evaluation.systems import System
from edge_emotion_train.labelling import LabelOf
from edge_emotion_train.normalising import LabelledWindows, fit_normalisation, join_labelled, label_recording
from edge_emotion_train.preparation import PreparedRecording
from edge_emotion_train.progress import track
from edge_emotion_train.recipe import Recipe

LEFT_OUT = "leave-one-person-out, causal, windows after the reference"
UNSEEN = "trained without this data set, causal, windows after the reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """What one system said about the judged windows, shapes (N, classes), (N,), (N,)."""

    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    people: NDArray[np.str_]


Judged = list[Predictions]


def labelled(
    recordings: Iterable[PreparedRecording], recipe: Recipe, spec: NormalisationSpec, stride: int
) -> list[LabelledWindows]:
    """Model inputs of those ``recordings`` that have a usable window."""
    quality = recipe.decision.minimum_quality
    parts = (
        label_recording(r, spec, quality, mapping_of(r, recipe), recipe.labels, stride=stride)
        for r in recordings
    )
    return [part for part in parts if part is not None]


def mapping_of(recording: PreparedRecording, recipe: Recipe) -> LabelOf:
    """Which class an interval counts for in the data set that the recording belongs to."""
    return recipe.dataset(recording.name.split("/", maxsplit=1)[0]).label_of


def board_rows(
    name: str,
    pool: Sequence[PreparedRecording],
    judged: Sequence[PreparedRecording],
    recipe: Recipe,
    systems: Sequence[System],
    seed: int,
    jobs: int = 1,
) -> list[BoardRow]:
    """Every system's row, leaving one person out where ``judged`` are part of ``pool``, ``jobs`` folds at a time."""
    shared = {r.person for r in pool} & {r.person for r in judged}
    folds = (
        list(leave_one_person_out(pool, judged))
        if shared
        else [Fold(training=tuple(pool), test=tuple(judged))]
    )
    parts: dict[str, list[Predictions]] = {system.name: [] for system in systems}
    judge = partial(_fold, recipe=recipe, systems=systems, seed=seed)
    for found in track(_each(judge, folds, jobs), f"board {name}", len(folds)):
        for system, predictions in zip(systems, found, strict=False):
            parts[system.name].append(predictions)
    protocol = LEFT_OUT if shared else UNSEEN
    return [board_row(name, system.name, protocol, parts[system.name]) for system in systems]


def _each(judge: Callable[[Fold], Judged], folds: Sequence[Fold], jobs: int) -> Iterator[Judged]:
    """In the order of ``folds``; spawned, because forking a process that has run torch may hang it."""
    if min(jobs, len(folds)) == 1:
        yield from map(judge, folds)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as workers:
        yield from workers.map(judge, folds)


def _fold(fold: Fold, recipe: Recipe, systems: Sequence[System], seed: int) -> Judged:
    """One prediction per system; none where the judged person has no usable window."""
    spec = fit_normalisation(fold.training, recipe.reference, recipe.decision.minimum_quality)
    judged = labelled(fold.test, recipe, spec, 1)
    if not judged:
        return []
    training = join_labelled(labelled(fold.training, recipe, spec, recipe.training.stride))
    test = join_labelled(judged)
    return [
        Predictions(
            probabilities=system.probabilities(training, test, len(recipe.labels), seed),
            labels=test.windows.labels,
            people=test.windows.people,
        )
        for system in systems
    ]


def board_row(board: str, system: str, protocol: str, parts: Sequence[Predictions]) -> BoardRow:
    """Pool the folds and score them."""
    labels = np.concatenate([p.labels for p in parts])
    people = np.concatenate([p.people for p in parts])
    probabilities = np.concatenate([p.probabilities for p in parts])
    return BoardRow(
        board=board,
        system=system,
        protocol=protocol,
        people=len(np.unique(people)),
        windows=len(labels),
        majority=float(np.bincount(labels).max() / len(labels)),
        metrics=score(labels, probabilities, people),
    )
