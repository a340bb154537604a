"""Boards: which people judge, who may be learned from, and every system's row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from edge_emotion.bundle.manifest import BoardRow, NormalisationSpec
from edge_emotion_train.evaluation.folds import Judged, Predictions, judged_folds
from edge_emotion_train.evaluation.metrics import score
from edge_emotion_train.evaluation.splits import Fold, leave_one_person_out
from edge_emotion_train.evaluation.systems import System
from edge_emotion_train.normalising import LabelledWindows, fit_normalisation, join_labelled, label_recording
from edge_emotion_train.preparation import PreparedRecording
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.workshop import Workshop

__all__ = [
    "LEFT_OUT",
    "UNSEEN",
    "Judged",
    "Predictions",
    "board_row",
    "board_rows",
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


def mapping_of(recording: PreparedRecording, recipe: Recipe) -> Mapping[str, str]:
    """Class name by interval name for the data set that the recording belongs to."""
    return recipe.dataset(recording.name.split("/", maxsplit=1)[0]).mapping()


def board_rows(
    name: str,
    pool: Sequence[PreparedRecording],
    judged: Sequence[PreparedRecording],
    recipe: Recipe,
    systems: Sequence[System],
    seed: int,
    workshop: Workshop = ALONE,
) -> list[BoardRow]:
    """Every system's row, leaving one person out where ``judged`` are part of ``pool``."""
    shared = {r.person for r in pool} & {r.person for r in judged}
    folds = (
        list(leave_one_person_out(pool, judged))
        if shared
        else [Fold(training=tuple(pool), test=tuple(judged))]
    )
    parts: dict[str, list[Predictions]] = {system.name: [] for system in systems}
    judge = partial(_fold, recipe=recipe, systems=systems, seed=seed)
    for found in judged_folds(judge, folds, name, workshop):
        for system, predictions in zip(systems, found, strict=False):
            parts[system.name].append(predictions)
    protocol = LEFT_OUT if shared else UNSEEN
    return [board_row(name, system.name, protocol, parts[system.name]) for system in systems]


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
