"""Boards: which people judge, who may be learned from, and every system's row."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from edge_emotion.bundle.manifest import BoardRow, NormalisationSpec
from edge_emotion_train.evaluation.predictions import BoardPredictions, join_predictions
from edge_emotion_train.evaluation.rows import rows_of
from edge_emotion_train.evaluation.splits import Fold, leave_one_person_out
from edge_emotion_train.evaluation.systems import System, predictions_of
from edge_emotion_train.labelling import LabelOf
from edge_emotion_train.normalising import LabelledWindows, fit_normalisation, join_labelled, label_recording
from edge_emotion_train.preparation import PreparedRecording
from edge_emotion_train.progress import track
from edge_emotion_train.recipe import Recipe

LEFT_OUT = "leave-one-person-out, causal, windows after the reference"
UNSEEN = "trained without this data set, causal, windows after the reference"


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
    """Every system's row; see `judge_board`."""
    return rows_of(judge_board(name, pool, judged, recipe, systems, seed, jobs))


def judge_board(
    name: str,
    pool: Sequence[PreparedRecording],
    judged: Sequence[PreparedRecording],
    recipe: Recipe,
    systems: Sequence[System],
    seed: int,
    jobs: int = 1,
) -> BoardPredictions:
    """What every system says, leaving one person out where ``judged`` are part of ``pool``, ``jobs`` folds at a time."""
    shared = {r.person for r in pool} & {r.person for r in judged}
    folds = (
        list(leave_one_person_out(pool, judged))
        if shared
        else [Fold(training=tuple(pool), test=tuple(judged))]
    )
    protocol = LEFT_OUT if shared else UNSEEN
    judge = partial(_fold, name=name, protocol=protocol, recipe=recipe, systems=systems, seed=seed)
    found = list(track(_each(judge, folds, jobs), f"board {name}", len(folds)))
    return join_predictions([part for part in found if part is not None])


def _each(
    judge: Callable[[Fold], BoardPredictions | None], folds: Sequence[Fold], jobs: int
) -> Iterator[BoardPredictions | None]:
    """In the order of ``folds``; spawned, because forking a process that has run torch may hang it."""
    if min(jobs, len(folds)) == 1:
        yield from map(judge, folds)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as workers:
        yield from workers.map(judge, folds)


def _fold(
    fold: Fold, name: str, protocol: str, recipe: Recipe, systems: Sequence[System], seed: int
) -> BoardPredictions | None:
    """What each system says about the judged person; ``None`` where that person has no usable window."""
    spec = fit_normalisation(fold.training, recipe.reference, recipe.decision.minimum_quality)
    judged = labelled(fold.test, recipe, spec, 1)
    if not judged:
        return None
    training = join_labelled(labelled(fold.training, recipe, spec, recipe.training.stride))
    test = join_labelled(judged)
    return BoardPredictions(
        board=name,
        protocol=protocol,
        labels=recipe.labels,
        roles=recipe.roles,
        people=test.windows.people,
        minutes=test.minutes,
        truth=test.windows.labels,
        systems=tuple(predictions_of(system, training, test, len(recipe.labels), seed) for system in systems),
    )
