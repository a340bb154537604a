"""From a recipe to a folder of prepared encoders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.errors import InputError, UsageError
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.models import build_model
from edge_emotion_train.preparation.normalising import (
    LabelledWindows,
    fit_normalisation,
    join_labelled,
    label_recording,
)
from edge_emotion_train.preparation.pool import (
    Place,
    check_shapes,
    prepare_all,
    require_shippable,
    training_pool,
)
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.pretraining.learning import pretrain, require_encoders
from edge_emotion_train.pretraining.moments import on_the_clock
from edge_emotion_train.pretraining.settings import PretrainingSettings
from edge_emotion_train.pretraining.store import (
    RECORD_FILE,
    SCHEMA_VERSION,
    PretrainingRecord,
    save_encoders,
)
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.runs.producing import source_version

ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlabelled:
    """Whose recordings are learned from.

    Parameters
    ----------
    also
        Further data sets, of the recipe or not.
    transductive
        Lets in people whom the recipe tests on: then all recordings come without interval names.
    """

    also: tuple[str, ...]
    transductive: bool


def produce_encoders(recipe: Recipe, place: Place, out: Path, unlabelled: Unlabelled) -> PretrainingRecord:
    """Pre-train the recipe's encoders on its training people, and write them to ``out``.

    Raises
    ------
    UsageError
        If the network has no encoders, ``out`` is taken, or people whom the recipe tests on would be seen unasked.
    InputError
        If the data cannot be used.
    """
    if (out / RECORD_FILE).exists():
        raise UsageError(f"{out} holds prepared encoders: give another --out, or delete it")
    torch.manual_seed(recipe.seed)
    model = require_encoders(build_model(recipe.model))
    recordings = _recordings(recipe, place, unlabelled)
    check_shapes(recipe, recordings)
    normalisation = fit_normalisation(recordings, recipe.reference, recipe.decision.minimum_quality)
    windows = unlabelled_windows(recordings, recipe, normalisation)
    settings = recipe.training.pretraining or PretrainingSettings()
    losses = pretrain(model, windows, settings, seed=recipe.seed, title="pre-training")
    tenth = max(1, len(losses) // 10)
    record = PretrainingRecord(
        schema_version=SCHEMA_VERSION,
        recipe=recipe.name,
        model=model.config,
        settings=settings,
        seed=recipe.seed,
        git=source_version(),
        datasets=tuple(sorted({r.name.split("/", maxsplit=1)[0] for r in recordings})),
        people=tuple(sorted({r.person for r in recordings})),
        transductive=unlabelled.transductive,
        windows=len(windows),
        first_loss=float(np.mean(losses[:tenth])),
        last_loss=float(np.mean(losses[-tenth:])),
    )
    save_encoders(out, model, record)
    return record


def unlabelled_windows(
    recordings: Sequence[PreparedRecording], recipe: Recipe, normalisation: NormalisationSpec
) -> WindowSet:
    """Windows after each wearer's reference that lie in any interval, whatever it means to the recipe; all in one class.

    Raises
    ------
    InputError
        If there are none.
    """
    parts: list[LabelledWindows] = []
    for recording in recordings:
        names = {interval.name: ANY for interval in recording.intervals}
        quality, stride = recipe.decision.minimum_quality, recipe.training.stride
        part = label_recording(recording, normalisation, quality, names, (ANY,), stride=stride)
        if part is not None:
            parts.append(part)
    return join_labelled(parts).windows


def _recordings(recipe: Recipe, place: Place, unlabelled: Unlabelled) -> list[PreparedRecording]:
    pool = training_pool(recipe, place)
    recordings = list(pool.training)
    if unlabelled.transductive:
        recordings += pool.heldout
    tested = {settings.name for settings in recipe.datasets if settings.use == "evaluate"}
    used = {settings.name for settings in recipe.datasets if settings.use == "train"}
    for name in unlabelled.also:
        if name in tested and not unlabelled.transductive:
            raise UsageError(
                f"recipe {recipe.name} tests on {name}: pre-training may not see it; --transductive lets it in, "
                "and says so in every record"
            )
        if name in used:
            raise UsageError(f"recipe {recipe.name} learns from {name} already: leave it out of --also")
        dataset = open_dataset(name, place.data)
        require_shippable(dataset)
        recordings += prepare_all(dataset, recipe, place)
    if not recordings:
        raise InputError("nobody is left to learn from")
    return [on_the_clock(r) for r in recordings] if unlabelled.transductive else recordings
