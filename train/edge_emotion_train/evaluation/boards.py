"""Boards: which people judge, who may be learned from, and every system's row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from edge_emotion.bundle.manifest import BoardRow, NormalisationSpec
from edge_emotion_train.evaluation.folds import judged_folds
from edge_emotion_train.evaluation.predictions import BoardPredictions, join_predictions
from edge_emotion_train.evaluation.rows import rows_of
from edge_emotion_train.evaluation.splits import Fold, leave_one_person_out
from edge_emotion_train.evaluation.systems import System, files_of, predictions_of
from edge_emotion_train.preparation.labelling import LabelOf
from edge_emotion_train.preparation.normalising import (
    LabelledWindows,
    fit_normalisation,
    join_labelled,
    label_recording,
)
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.runs.workshop import Workshop

__all__ = [
    "LEFT_OUT",
    "UNSEEN",
    "board_rows",
    "judge_board",
    "labelled",
    "mapping_of",
]

LEFT_OUT = "leave-one-person-out, causal, windows after the reference"
UNSEEN = "trained without this data set, causal, windows after the reference"


ALONE = Workshop()


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
    workshop: Workshop = ALONE,
) -> list[BoardRow]:
    """Every system's row; see `judge_board`."""
    return rows_of(judge_board(name, pool, judged, recipe, systems, seed, workshop))


def judge_board(
    name: str,
    pool: Sequence[PreparedRecording],
    judged: Sequence[PreparedRecording],
    recipe: Recipe,
    systems: Sequence[System],
    seed: int,
    workshop: Workshop = ALONE,
) -> BoardPredictions:
    """What every system says, leaving one person out where ``judged`` are part of ``pool``."""
    shared = {r.person for r in pool} & {r.person for r in judged}
    folds = (
        list(leave_one_person_out(pool, judged))
        if shared
        else [Fold(training=tuple(pool), test=tuple(judged))]
    )
    protocol = LEFT_OUT if shared else UNSEEN
    judge = partial(_fold, name=name, protocol=protocol, recipe=recipe, systems=systems, seed=seed)
    found = judged_folds(judge, folds, name, workshop, files_of(systems))
    return join_predictions([part for part in found if part is not None])


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
