"""From a recipe to a run folder."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from edge_emotion.bundle.manifest import BoardRow, DecisionSpec, NormalisationSpec, TrainingSpec
from edge_emotion.errors import UsageError
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.boards import judge_board, labelled
from edge_emotion_train.evaluation.prediction_files import predictions_path, save_predictions
from edge_emotion_train.evaluation.rows import rows_of
from edge_emotion_train.evaluation.systems import systems
from edge_emotion_train.fitting import Learned, fit_with_inner_folds
from edge_emotion_train.normalising import fit_normalisation, join_labelled
from edge_emotion_train.pool import Place, Pool, check_shapes, prepare_all, training_pool
from edge_emotion_train.preparation import PreparedRecording
from edge_emotion_train.pretraining.store import PretrainingRecord, read_pretraining, require_unseen
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.run_record import RECORD_FILE, SCHEMA_VERSION, Run, RunRecord, save_run
from edge_emotion_train.windows import WindowSet

Evaluation = Literal["loso", "none"]
CHECKPOINTS = "checkpoints"
BOARDS_FILE = "boards.json"


def produce_run(recipe: Recipe, place: Place, out: Path, evaluation: Evaluation) -> RunRecord:
    """Train on everyone who is not held out, judge the procedure, write the run folder.

    A folder with checkpoints of an interrupted run is gone on with.

    Raises
    ------
    UsageError
        If ``out`` holds a finished run.
    InputError
        If the data cannot be used.
    """
    if (out / RECORD_FILE).exists():
        raise UsageError(f"{out} holds a finished run: give another --out, or delete it")
    pool = training_pool(recipe, place)
    check_shapes(recipe, pool.training)
    pretraining = _pretraining(recipe, pool, evaluation)
    quality = recipe.decision.minimum_quality
    normalisation = fit_normalisation(pool.training, recipe.reference, quality)
    training = _windows(pool.training, recipe, normalisation, recipe.training.stride)
    learned = fit_with_inner_folds(
        recipe.model, training, recipe.training, seed=recipe.seed, checkpoints=out / CHECKPOINTS
    )
    boards = all_boards(recipe, place, pool, out) if evaluation == "loso" else []
    run = Run(
        record=_record(recipe, normalisation, learned, pool, boards, pretraining),
        model=learned.model,
        calibration=stratified(training, recipe.calibration_windows, recipe.seed),
        heldout=_windows(pool.heldout, recipe, normalisation, 1)
        if pool.heldout
        else training.take(np.arange(0)),
    )
    save_run(out, run)
    if boards:
        (out / BOARDS_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(boards), indent=2) + b"\n")
    return run.record


def all_boards(recipe: Recipe, place: Place, pool: Pool, out: Path) -> list[BoardRow]:
    """Every board of the recipe: one per set; people of training sets are judged by leaving each out in turn.

    What was said about every window is kept in ``out``.
    """
    everyone = (*pool.training, *pool.heldout)
    rows: list[BoardRow] = []
    for settings in recipe.datasets:
        if settings.use == "train":
            judged = [r for r in everyone if r.name.startswith(f"{settings.name}/")]
        else:
            judged = prepare_all(open_dataset(settings.name, place.data), recipe, place)
        row_makers = systems(recipe.model, recipe.training)
        board = judge_board(settings.name, everyone, judged, recipe, row_makers, recipe.seed, place.jobs)
        save_predictions(predictions_path(out, board.board), board)
        rows += rows_of(board)
    return rows


def stratified(windows: WindowSet, count: int, seed: int) -> WindowSet:
    """Up to ``count`` windows, as evenly as possible from each person and class."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(windows))
    turn = np.zeros(len(windows), np.int64)
    seen: dict[tuple[str, int], int] = {}
    for index in order:
        group = (str(windows.people[index]), int(windows.labels[index]))
        turn[index] = seen.get(group, 0)
        seen[group] = int(turn[index]) + 1
    return windows.take(np.sort(order[np.argsort(turn[order], kind="stable")][:count]))


def _windows(
    recordings: Sequence[PreparedRecording], recipe: Recipe, spec: NormalisationSpec, stride: int
) -> WindowSet:
    return join_labelled(labelled(recordings, recipe, spec, stride)).windows


def _pretraining(recipe: Recipe, pool: Pool, evaluation: Evaluation) -> PretrainingRecord | None:
    """How the encoders that the recipe starts from came about, if nobody whom they have seen is to judge."""
    if recipe.training.pretrained is None:
        return None
    record = read_pretraining(Path(recipe.training.pretrained))
    if evaluation == "loso":
        require_unseen(record, (r.person for r in pool.training))
    if not record.transductive:
        require_unseen(record, (r.person for r in pool.heldout))
    return record


def _record(
    recipe: Recipe,
    normalisation: NormalisationSpec,
    learned: Learned,
    pool: Pool,
    boards: Sequence[BoardRow],
    pretraining: PretrainingRecord | None,
) -> RunRecord:
    return RunRecord(
        schema_version=SCHEMA_VERSION,
        recipe=recipe.name,
        model=recipe.model,
        labels=recipe.labels,
        roles=recipe.roles,
        signals=recipe.signals.design(),
        normalisation=normalisation,
        decision=DecisionSpec(
            temperature=learned.temperature,
            smoothing_windows=recipe.decision.smoothing_windows,
            minimum_probability=recipe.decision.minimum_probability,
            minimum_quality=recipe.decision.minimum_quality,
            unfamiliar_share=recipe.decision.unfamiliar_share,
        ),
        training=TrainingSpec(
            recipe=recipe.name,
            seed=recipe.seed,
            git=source_version(),
            datasets=pool.datasets,
            held_out=recipe.held_out,
            boards=tuple(boards),
        ),
        pretraining=pretraining,
    )


def source_version() -> str:
    """Commit of the sources, or an empty string where they are not a git checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
