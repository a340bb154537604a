"""From a recipe to a run folder."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from edge_emotion.bundle.manifest import BoardRow, DecisionSpec, NormalisationSpec, TrainingSpec
from edge_emotion.errors import UsageError
from edge_emotion.json_text import indented
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.boards import judge_board, labelled
from edge_emotion_train.evaluation.own_thresholds import usual_rest_logits
from edge_emotion_train.evaluation.prediction_files import predictions_path, save_predictions
from edge_emotion_train.evaluation.predictions import BoardPredictions
from edge_emotion_train.evaluation.rows import rows_of
from edge_emotion_train.evaluation.swept import chosen_inside
from edge_emotion_train.evaluation.systems import ablated, systems
from edge_emotion_train.fanout import Serial
from edge_emotion_train.learning.fitting import Candidate, Chosen, Learned, fit_best
from edge_emotion_train.learning.training import predict
from edge_emotion_train.runs.keys import code_digest, files_digest, windows_digest
from edge_emotion_train.learning.machine import Machine
from edge_emotion_train.preparation.normalising import LabelledWindows, fit_normalisation, join_labelled
from edge_emotion_train.overriding import recipe_toml
from edge_emotion_train.preparation.pool import Place, Pool, check_shapes, prepare_all, training_pool
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.pretraining.store import (
    PretrainingRecord,
    encoder_files,
    read_pretraining,
    require_unseen,
)
from edge_emotion_train.recipe import Recipe, TrainingSettings
from edge_emotion_train.runs.record import RECIPE_FILE, RECORD_FILE, SCHEMA_VERSION, Run, RunRecord, save_run
from edge_emotion_train.runs.sweeping import Trial, sweep_results
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.workshop import Workshop

Evaluation = Literal["loso", "none"]
CHECKPOINTS = "checkpoints"
BOARDS_FILE = "boards.json"
SWEEP_FILE = "sweep.json"
KEY_FILE = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do with a recipe.

    Parameters
    ----------
    people
        Judge only so many people of each board, for a quick look; its rows say so.
    trials
        Recipes that differ in the network or its training; the one that is best inside of the training side is taken.
        Every fold of a board makes this choice again on its own training side. Empty: the recipe itself.
    ablations
        Also judge the recipe's network less each of its parts: as many trainings again for each row.
    """

    evaluation: Evaluation = "none"
    people: int | None = None
    trials: tuple[Trial, ...] = ()
    ablations: bool = False
    machine: Machine = field(default_factory=Machine)

    def candidates(self, recipe: Recipe) -> tuple[Candidate, ...]:
        """Networks to choose from."""
        recipes = [trial.recipe for trial in self.trials] or [recipe]
        return tuple(Candidate(config=r.model, settings=r.training) for r in recipes)


def produce_run(recipe: Recipe, place: Place, out: Path, plan: Plan) -> RunRecord:
    """Train on everyone who is not held out, judge the procedure, write the run folder.

    A folder of an interrupted run is gone on with: from the last epoch, and with the folds that are left. Of several
    processes (torchrun) all train, and the first does the rest.

    Raises
    ------
    UsageError
        If ``out`` holds a finished run, or an interrupted one of something else.
    InputError
        If the data cannot be used.
    """
    if (out / RECORD_FILE).exists():
        raise UsageError(f"{out} holds a finished run: give another --out, or delete it")
    pool = training_pool(recipe, place)
    check_shapes(recipe, pool.training)
    candidates = plan.candidates(recipe)
    pretrainings = [_pretraining(candidate.settings, pool, plan.evaluation) for candidate in candidates]
    normalisation = fit_normalisation(pool.training, recipe.reference, recipe.decision.minimum_quality)
    learned_from = join_labelled(labelled(pool.training, recipe, normalisation, recipe.training.stride))
    training = learned_from.windows
    keep = out / CHECKPOINTS
    _claim(keep, recipe, candidates, training, plan.machine)
    fan_out = place.fan_out() if plan.machine.world == 1 else Serial()
    workshop = Workshop(fan_out=fan_out, keep=keep, machine=plan.machine)
    chosen = fit_best(
        candidates,
        learned_from,
        own_threshold=recipe.decision.own_threshold,
        seed=recipe.seed,
        workshop=workshop,
    )
    taken = plan.trials[chosen.index].recipe if plan.trials else recipe
    first = plan.machine.rank == 0
    boards = all_boards(recipe, place, pool, plan, out) if plan.evaluation == "loso" and first else []
    decision = _decision(taken, chosen.learned, learned_from)
    run = Run(
        record=_record(taken, normalisation, decision, pool, boards, pretrainings[chosen.index]),
        model=chosen.learned.model,
        calibration=stratified(training, recipe.calibration_windows, recipe.seed),
        heldout=join_labelled(labelled(pool.heldout, recipe, normalisation, 1)).windows
        if pool.heldout
        else training.take(np.arange(0)),
    )
    if first:
        _save(out, run, taken, plan, chosen)
    return run.record


def _save(out: Path, run: Run, recipe: Recipe, plan: Plan, chosen: Chosen) -> None:
    (out / RECIPE_FILE).write_bytes(recipe_toml(recipe))
    if plan.trials:
        (out / SWEEP_FILE).write_bytes(indented(sweep_results(plan.trials, chosen)))
    if run.record.training.boards:
        (out / BOARDS_FILE).write_bytes(indented(run.record.training.boards))
    save_run(out, run)


def _claim(
    keep: Path, recipe: Recipe, candidates: Sequence[Candidate], training: WindowSet, machine: Machine
) -> None:
    """Write down what the checkpoints in ``keep`` will belong to, or check that those there belong to this."""
    networks = [(c.config, c.settings) for c in candidates]
    digest = hashlib.sha256(msgspec.json.encode((networks, recipe.seed, machine.world, machine.gpu)))
    encoders = [file for c in candidates for file in encoder_files(c.settings)]
    digest.update(windows_digest(training) + files_digest(encoders) + code_digest())
    file, key = keep / KEY_FILE, digest.hexdigest()
    if file.is_file() and file.read_text(encoding="utf-8") != key:
        raise UsageError(
            f"{keep.parent} holds an interrupted run of another recipe, seed, data, machine or version of the code: "
            "give another --out, or delete it"
        )
    keep.mkdir(parents=True, exist_ok=True)
    file.write_text(key, encoding="utf-8")


PLAIN = Plan()


def all_boards(
    recipe: Recipe, place: Place, pool: Pool, plan: Plan = PLAIN, out: Path | None = None
) -> list[BoardRow]:
    """Every board of the recipe: one per set; people of training sets are judged by leaving each out in turn.

    What was said about every window is kept in ``out``, and each fold there as it finishes; ``None`` keeps nothing.
    """
    everyone = (*pool.training, *pool.heldout)
    workshop = Workshop(fan_out=place.fan_out(), keep=out)
    row_makers = (
        *chosen_inside(systems(recipe), plan.candidates(recipe)),
        *(ablated(recipe) if plan.ablations else ()),
    )
    rows: list[BoardRow] = []
    for settings in recipe.datasets:
        if settings.use == "train":
            judged = [r for r in everyone if r.name.startswith(f"{settings.name}/")]
        else:
            judged = prepare_all(open_dataset(settings.name, place.data), recipe, place)
        some = some_people(judged, plan.people, recipe.seed)
        board = judge_board(settings.name, everyone, some, recipe, row_makers, recipe.seed, workshop)
        board = _labelled_partial(board, judged, some)
        if out is not None:
            save_predictions(predictions_path(out, board.board), board)
        rows += rows_of(board)
    return rows


def some_people(
    recordings: Sequence[PreparedRecording], count: int | None, seed: int
) -> list[PreparedRecording]:
    """The recordings of ``count`` people, dealt by ``seed``; of all where there are no more."""
    people = sorted({r.person for r in recordings})
    if count is None or count >= len(people):
        return list(recordings)
    dealt = np.random.default_rng(seed).permutation(len(people))[:count]
    return [r for r in recordings if r.person in {people[i] for i in dealt}]


def _labelled_partial(
    board: BoardPredictions, everyone: Sequence[PreparedRecording], some: Sequence[PreparedRecording]
) -> BoardPredictions:
    there, taken = len({r.person for r in everyone}), len({r.person for r in some})
    if there == taken:
        return board
    return replace(board, protocol=f"{board.protocol}; partial: {taken} of {there} people")


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


def _decision(recipe: Recipe, learned: Learned, training: LabelledWindows) -> DecisionSpec:
    settings = recipe.decision
    says = partial(predict, learned.model)
    asked = usual_rest_logits(says, training.rests) if settings.own_threshold else ()
    return DecisionSpec(
        temperature=learned.temperature,
        smoothing_windows=settings.smoothing_windows,
        minimum_probability=settings.minimum_probability,
        minimum_quality=settings.minimum_quality,
        unfamiliar_share=settings.unfamiliar_share,
        own_threshold=settings.own_threshold if asked else 0.0,
        rest_logits=asked,
    )


def _pretraining(settings: TrainingSettings, pool: Pool, evaluation: Evaluation) -> PretrainingRecord | None:
    """How the encoders that a network starts from came about, if nobody whom they have seen is to judge."""
    if settings.pretrained is None:
        return None
    record = read_pretraining(Path(settings.pretrained))
    if evaluation == "loso":
        require_unseen(record, (r.person for r in pool.training))
    if not record.transductive:
        require_unseen(record, (r.person for r in pool.heldout))
    return record


def _record(
    recipe: Recipe,
    normalisation: NormalisationSpec,
    decision: DecisionSpec,
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
        decision=decision,
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
