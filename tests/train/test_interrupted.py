"""A training that is killed, and goes on: the same weights and figures, and nothing done twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from easy_windows import easy_windows

from edge_emotion.errors import UsageError
from edge_emotion_train.evaluation.folds import Judged, judged_folds
from edge_emotion_train.evaluation.predictions import BoardPredictions, SystemPredictions
from edge_emotion_train.evaluation.splits import Fold
from edge_emotion_train.learning.keeping import LAST
from edge_emotion_train.learning.training import fit
from edge_emotion_train.overriding import changed, recipe_toml
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.runs.producing import Plan, produce_run
from edge_emotion_train.runs.record import RECORD_FILE, WEIGHTS_FILE
from edge_emotion_train.runs.workshop import Workshop

CHANGES = {"training.epochs": 6, "training.inner_folds": 1, "training.patience": 3}


@pytest.fixture(scope="module")
def longer(recipe: Recipe) -> Recipe:
    return changed(recipe, CHANGES)


@pytest.fixture(scope="module")
def place(data: Path, cache: Path) -> Place:
    return Place(data=data, cache=cache, jobs=1)


@pytest.fixture(scope="module")
def straight(longer: Recipe, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("straight") / "run"
    produce_run(longer, place, out, Plan(evaluation="loso"))
    return out


def killed_when(there: Callable[[], bool], recipe: Path, place: Place, out: Path, *flags: str) -> None:
    """Run the command and kill it as soon as ``there`` says so."""
    command = [sys.executable, "-m", "edge_emotion", "train", "--recipe", str(recipe), "--out", str(out)]
    where = ["--data", str(place.data), "--cache", str(place.cache), "--jobs", "1", "--evaluate", "loso"]
    with subprocess.Popen([*command, *where, *flags], stderr=subprocess.PIPE, text=True) as process:
        while not there() and process.poll() is None:
            pass
        process.send_signal(signal.SIGKILL)
        _, message = process.communicate()
    assert process.returncode == -signal.SIGKILL, message


def test_a_killed_run_ends_as_if_nothing_had_happened(
    longer: Recipe, place: Place, straight: Path, tmp_path: Path
) -> None:
    recipe, out = tmp_path / "tiny.toml", tmp_path / "run"
    recipe.write_bytes(recipe_toml(longer))
    first_epoch = out / "checkpoints" / "choose-0" / LAST
    killed_when(first_epoch.is_file, recipe, place, out)
    epoch = torch.load(first_epoch, weights_only=False)["epoch"]
    assert epoch < CHANGES["training.epochs"] - 1  # it was in the middle
    killed_when(lambda: any((out / "folds").glob("*.npz")), recipe, place, out, "--resume")
    before = {file: file.stat().st_mtime_ns for file in (out / "folds").glob("*.npz")}
    assert 1 <= len(before) < 4
    produce_run(longer, place, out, Plan(evaluation="loso"))
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert (out / WEIGHTS_FILE).read_bytes() == (straight / WEIGHTS_FILE).read_bytes()
    assert (out / RECORD_FILE).read_bytes() == (straight / RECORD_FILE).read_bytes()


def test_checkpoints_of_something_else_are_refused(longer: Recipe, place: Place, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "key").write_text("of another recipe", encoding="utf-8")
    with pytest.raises(UsageError, match="another recipe, seed, data"):
        produce_run(longer, place, tmp_path, Plan())


def test_a_run_that_had_stopped_early_stays_stopped(recipe: Recipe, tmp_path: Path) -> None:
    training, other = easy_windows(recipe, 48, 0), easy_windows(recipe, 24, 1)
    misleading = WindowSet(inputs=other.inputs, labels=1 - other.labels, people=other.people)
    settings = msgspec.structs.replace(recipe.training, epochs=8, patience=2)
    fitted = fit(recipe.model, training, misleading, settings, seed=0, keep=tmp_path)
    at_stop = (tmp_path / LAST).read_bytes()
    again = fit(recipe.model, training, misleading, settings, seed=0, keep=tmp_path)
    assert fitted.epochs < 6
    assert again.epochs == fitted.epochs
    assert (tmp_path / LAST).read_bytes() == at_stop  # not one more epoch


def recording(person: str, value: float) -> PreparedRecording:
    return PreparedRecording(
        name=person,
        person=person,
        intervals=(),
        tensors={"eda": np.full((2, 1), value, np.float32)},
        start_ns=np.arange(2),
        end_ns=np.arange(2) + 1,
        quality=np.ones((2, 2)),
        complete=np.ones(2, np.bool_),
    )


class Judge:
    """Counts on whom it was asked."""

    asked: list[str]

    def __init__(self, asked: list[str]) -> None:
        self.asked = asked

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return (list, ())  # for the key: what it has seen does not change what it says

    def __call__(self, fold: Fold) -> Judged:
        self.asked.append(fold.test[0].person)
        value = float(fold.training[0].tensors["eda"].mean())
        if value == UNUSABLE:
            return None
        said = SystemPredictions(name="s", probabilities=np.full((2, 2), [value, 1 - value]))
        return BoardPredictions(
            board="board",
            protocol="made up",
            labels=("rest", "stress"),
            roles=("cardiac", "eda"),
            people=np.array([fold.test[0].person] * 2),
            minutes=np.array([1 / 3, 2.0]),
            truth=np.arange(2),
            systems=(said,),
        )


UNUSABLE = -1.0


def test_kept_folds_are_asked_again_only_when_something_changed(tmp_path: Path) -> None:
    encoders = tmp_path / "encoders"

    def ask(values: tuple[float, float]) -> tuple[list[str], list[float | None]]:
        one, two = recording("d/a", values[0]), recording("d/b", values[1])
        folds = [Fold(training=(one,), test=(two,)), Fold(training=(two,), test=(recording("d/c", 9.0),))]
        judge = Judge([])
        found = list(judged_folds(judge, folds, "board", Workshop(keep=tmp_path), [encoders]))
        return judge.asked, [None if p is None else float(p.systems[0].probabilities[0, 0]) for p in found]

    assert ask((0.25, 0.5)) == (["d/b", "d/c"], [0.25, 0.5])
    assert ask((0.25, 0.5)) == ([], [0.25, 0.5])
    assert ask((0.75, 0.5)) == (["d/b"], [0.75, 0.5])  # one training person changed
    next((tmp_path / "folds").glob("d-c*")).write_bytes(b"half a file")
    assert ask((0.75, 0.5)) == (["d/c"], [0.75, 0.5])
    assert ask((0.75, UNUSABLE)) == (["d/b", "d/c"], [0.75, None])
    assert ask((0.75, UNUSABLE)) == ([], [0.75, None])
    encoders.write_bytes(b"prepared anew")
    assert ask((0.75, UNUSABLE)) == (["d/b", "d/c"], [0.75, None])


def test_a_kept_fold_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    fold = Fold(training=(recording("d/a", 0.1),), test=(recording("d/b", 0.2),))
    fresh, kept = (next(judged_folds(Judge([]), [fold], "board", Workshop(keep=tmp_path))) for _ in range(2))
    assert fresh is not None
    assert kept is not None
    assert kept.systems[0].probabilities.tobytes() == fresh.systems[0].probabilities.tobytes()
    assert kept.minutes.tobytes() == fresh.minutes.tobytes()
    assert (kept.board, kept.labels, kept.names) == (fresh.board, fresh.labels, fresh.names)
