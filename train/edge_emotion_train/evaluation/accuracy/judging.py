"""One board from recordings to predictions: folds, in parallel where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.errors import InputError
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.accuracy.catalogue import Board, Source
from edge_emotion_train.evaluation.accuracy.dividing import folds_of
from edge_emotion_train.evaluation.accuracy.lineup import Lineup, blended
from edge_emotion_train.evaluation.accuracy.networks import FusionNetwork
from edge_emotion_train.evaluation.accuracy.timeline import labelled_part, smoothed, timeline
from edge_emotion_train.evaluation.folds import judged_folds
from edge_emotion_train.evaluation.predictions import BoardPredictions, SystemPredictions, join_predictions
from edge_emotion_train.evaluation.splits import Fold
from edge_emotion_train.evaluation.systems import said_by
from edge_emotion_train.preparation.normalising import (
    LabelledWindows,
    fit_normalisation,
    join_labelled,
    label_recording,
)
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.preparation.recordings import PreparedRecording, prepare_dataset
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.runs.workshop import Workshop

JUDGED_FROM_S = 300.0
"""Judged windows begin after minute 5, whatever the length of the reference: so all lengths judge the same windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is done on a board.

    Parameters
    ----------
    calibration_s
        Length of the wearer's own rest at the start; 0 for none.
    judged_from_s
        Where the first judged window begins at the earliest.
    """

    board: Board
    recipe: Recipe
    lineup: Lineup
    seed: int
    calibration_s: float
    judged_from_s: float = JUDGED_FROM_S


def judge_board(trial: Trial, place: Place) -> BoardPredictions:
    """What everybody says about the judged windows of the board.

    Raises
    ------
    InputError
        If nobody can be judged.
    UsageError
        If prepared encoders have seen somebody who is to be judged.
    """
    board = trial.board
    prepared = {
        name: prepared_for(name, trial.recipe, place)
        for name in sorted({s.dataset for s in (*board.learned, board.judged)})
    }
    learned = [r for source in board.learned for r in prepared[source.dataset]]
    judged = prepared[board.judged.dataset]
    for system in trial.lineup.systems:
        if isinstance(system, FusionNetwork):  # now, and not after an hour of the other rows
            system.refuse_seen(r.person for r in judged)
    folds = folds_of(board, learned, judged)
    parts = judged_folds(partial(_fold, trial), folds, board.name, Workshop(fan_out=place.fan_out()))
    return join_predictions([part for part in parts if part is not None])


def prepared_for(name: str, recipe: Recipe, place: Place) -> list[PreparedRecording]:
    """All recordings of a data set through the recipe's chain.

    Raises
    ------
    InputError
        If it holds none.
    """
    dataset = open_dataset(name, place.data)
    names = dataset.names()
    if not names:
        raise InputError(f"{name} holds no recording with labels: nothing can be judged")
    return prepare_dataset(dataset, names, recipe.signals.design(), place.cache, place.jobs)


def _fold(trial: Trial, fold: Fold) -> BoardPredictions | None:
    """Everybody's word on the judged people of one fold; ``None`` where they have no usable window."""
    board, recipe = trial.board, trial.recipe
    reference = msgspec.structs.replace(recipe.reference, reference_s=trial.calibration_s)
    spec = fit_normalisation(fold.training, reference, recipe.decision.minimum_quality)
    test = judged_windows(trial, fold, spec)
    if test is None:
        return None
    training = learned_windows(trial, fold, spec)
    classes = len(board.labels)
    said = {
        name: values
        for system in trial.lineup.systems
        for name, values in said_by(system, training, test, classes, trial.seed).items()
    }
    judged = labelled_part(test)
    smooth = partial(
        smoothed, windows=test, count=recipe.decision.smoothing_windows, hop_s=recipe.signals.hop_s
    )
    return BoardPredictions(
        board=board.name,
        protocol=protocol_of(trial),
        labels=board.labels,
        roles=recipe.roles,
        people=test.windows.people[judged],
        minutes=test.minutes[judged],
        truth=test.windows.labels[judged],
        systems=tuple(
            SystemPredictions(name=name, probabilities=smooth(values)[judged])
            for name, values in blended(said, trial.lineup.blends).items()
        ),
    )


def learned_windows(trial: Trial, fold: Fold, spec: NormalisationSpec) -> LabelledWindows:
    """What the fold's training people teach; raises `InputError` if nothing."""
    quality, stride = trial.recipe.decision.minimum_quality, trial.recipe.training.stride
    sources = {source.dataset: source for source in trial.board.learned}
    parts = (
        label_recording(r, spec, quality, _source(r, sources).classes, trial.board.labels, stride=stride)
        for r in fold.training
    )
    return join_labelled(part for part in parts if part is not None)


def judged_windows(trial: Trial, fold: Fold, spec: NormalisationSpec) -> LabelledWindows | None:
    """What the fold's test people are judged on, and what is smoothed with it; ``None`` where nothing is usable."""
    board, decision = trial.board, trial.recipe.decision
    lines = (
        timeline(
            r,
            spec,
            decision.minimum_quality,
            board.judged.classes,
            board.labels,
            from_s=trial.judged_from_s,
            smoothing_windows=decision.smoothing_windows,
        )
        for r in fold.test
    )
    usable = [line for line in lines if line is not None]
    return join_labelled(usable) if usable else None


def _source(recording: PreparedRecording, sources: Mapping[str, Source]) -> Source:
    name = recording.name.split("/", maxsplit=1)[0]
    return (
        sources[name] if name in sources else next(s for k, s in sources.items() if k.startswith(f"{name}:"))
    )


def protocol_of(trial: Trial) -> str:
    """In a line: how people are divided, what the wearer is compared with, and what is judged."""
    how = {
        "crossed": "trained on one protocol order, judged on the other, both ways",
        "people": "people left out of training",
        "unseen": "trained without the judged data set",
    }[trial.board.split]
    return f"{how}; causal; reference: first {trial.calibration_s / 60:g} min; windows from minute 5 on"
