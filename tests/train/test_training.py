"""Training end to end on made-up people, resuming, recipes and the commands."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from easy_windows import easy_windows

from edge_emotion.errors import InputError, UsageError
from edge_emotion_train.cli import evaluate as evaluate_command
from edge_emotion_train.cli import train as train_command
from edge_emotion_train.learning.objective import augment
from edge_emotion_train.learning.training import fit, predict
from edge_emotion_train.models import build_model
from edge_emotion_train.overriding import changed
from edge_emotion_train.preparation.pool import Place, training_pool
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import Recipe, load_recipe
from edge_emotion_train.runs.producing import Plan, all_boards
from edge_emotion_train.runs.record import load_run


def test_it_learns_what_is_there(recipe: Recipe) -> None:
    training, other = easy_windows(recipe, 160, 0), easy_windows(recipe, 80, 1)
    fitted = fit(recipe.model, training, None, recipe.training, seed=0)
    assert (predict(fitted.model, other).argmax(axis=1) == other.labels).mean() > 0.9


def test_the_same_seed_gives_the_same_weights(recipe: Recipe) -> None:
    training = easy_windows(recipe, 64, 0)
    settings = msgspec.structs.replace(recipe.training, epochs=2)
    one, two = (fit(recipe.model, training, None, settings, seed=3).model.state_dict() for _ in range(2))
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, two[name], rtol=0, atol=0)


def test_a_resumed_run_is_the_uninterrupted_run(recipe: Recipe, tmp_path: Path) -> None:
    training, inner = easy_windows(recipe, 64, 0), easy_windows(recipe, 32, 1)
    short = msgspec.structs.replace(recipe.training, epochs=2)
    whole = msgspec.structs.replace(recipe.training, epochs=4)
    fit(recipe.model, training, inner, short, seed=0, keep=tmp_path)
    resumed = fit(recipe.model, training, inner, whole, seed=0, keep=tmp_path)
    straight = fit(recipe.model, training, inner, whole, seed=0)
    assert resumed.epochs == straight.epochs
    np.testing.assert_array_equal(predict(resumed.model, inner), predict(straight.model, inner))


def test_weights_are_those_of_the_chosen_epoch(recipe: Recipe) -> None:
    training, inner = easy_windows(recipe, 64, 0), easy_windows(recipe, 32, 1)
    flipped = WindowSet(
        inputs=inner.inputs, labels=1 - inner.labels, people=inner.people
    )  # learning makes it worse
    settings = msgspec.structs.replace(recipe.training, epochs=4)
    chosen = fit(recipe.model, training, flipped, settings, seed=0)
    assert chosen.epochs < 4
    again = fit(recipe.model, training, None, msgspec.structs.replace(settings, epochs=chosen.epochs), seed=0)
    np.testing.assert_array_equal(predict(chosen.model, inner), predict(again.model, inner))


def test_a_damaged_checkpoint_is_named(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match=r"last\.ckpt"):
        fit(recipe.model, easy_windows(recipe, 32, 0), None, recipe.training, seed=0, keep=tmp_path)


def test_augmentation_keeps_missing_modalities_silent(recipe: Recipe) -> None:
    torch.manual_seed(0)
    inputs = {n: torch.from_numpy(v) for n, v in easy_windows(recipe, 400, 0).inputs.items()}
    inputs["present"][:200, 1] = 0.0
    settings = msgspec.structs.replace(recipe.training, modality_dropout=0.5)
    changed = augment(inputs, settings)
    present = changed["present"]
    assert present.sum(dim=1).min() == 1.0  # never the last one
    assert (present[:200, 0] == 1.0).all()
    assert 0.4 < (present[200:].sum(dim=1) == 1.0).float().mean() < 0.6
    for column, role in enumerate(("cardiac", "eda")):
        silent = present[:, column] == 0.0
        assert changed[role][silent].abs().max() == 0.0
        assert changed[f"{role}_features"][silent].abs().max() == 0.0


def command(module: object, *argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)  # type: ignore[attr-defined]
    return parser.parse_args(argv)


@pytest.fixture(scope="module")
def run_folder(recipe_file: Path, data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "tiny"
    argv = [
        "--recipe",
        str(recipe_file),
        "--data",
        str(data),
        "--cache",
        str(cache),
        "--jobs",
        "1",
        "--out",
        str(out),
    ]
    assert (
        train_command.run(command(train_command, *argv, "--evaluate", "loso", "--epochs", "3", "--json")) == 0
    )
    return out


def test_train_writes_a_complete_run(run_folder: Path) -> None:
    run = load_run(run_folder)
    rows = {row.system: row for row in run.record.training.boards}
    assert rows.keys() == {"acmc", "lr", "rf", "gb", "clock", "majority"}
    assert rows["acmc"].people == 4
    figures = {m.name: m for m in rows["lr"].metrics}
    assert figures["macro_f1"].value > 0.8
    assert figures["macro_f1"].low <= figures["macro_f1"].value <= figures["macro_f1"].high
    assert set(run.heldout.people.tolist()) == {"stress_predict/S04"}
    assert "stress_predict/S04" not in run.calibration.people
    assert len(run.calibration) == 12
    assert run.record.training.datasets[0].people == 3


def test_train_refuses_to_overwrite(run_folder: Path, recipe_file: Path, data: Path, cache: Path) -> None:
    argv = [
        "--recipe",
        str(recipe_file),
        "--data",
        str(data),
        "--cache",
        str(cache),
        "--out",
        str(run_folder),
    ]
    with pytest.raises(UsageError, match="finished"):
        train_command.run(command(train_command, *argv))
    with pytest.raises(UsageError, match="finished"):
        train_command.run(command(train_command, *argv, "--resume"))


def test_evaluate_judges_the_held_out_person(
    run_folder: Path, recipe_file: Path, data: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = [str(run_folder), "--data", str(data), "--cache", str(cache), "--board", "stress_predict"]
    args = command(evaluate_command, *argv, "--recipe", str(recipe_file), "--json")
    assert evaluate_command.run(args) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["row"]["people"] == 1
    assert result["interval_means"]["interview"] > result["interval_means"]["rest"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 0", "seed = 0\nsurprise = 1", "surprise"),
        ("epochs = 8", 'epochs = "many"', "epochs"),
        ('label = "rest" }', 'label = "calm" }', "calm"),
        ("steps = 80", "steps = 81", "window_s"),
        ("channels = 4", "channels =", "recipe"),
        ('role = "cardiac"', 'role = "heart"', "in this order"),
        ('use = "train"', 'use = "evaluate"', "no data set"),
    ],
)
def test_a_wrong_recipe_is_refused(
    recipe_file: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(recipe_file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_recipe(str(wrong))


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"known: acmc, .*stress"):
        load_recipe("calm")


def test_the_shipped_recipe_is_valid_and_lite() -> None:
    recipe = load_recipe("stress")
    assert build_model(recipe.model).parameter_count() <= 60_000
    assert len(recipe.held_out) == 6


def test_a_recipe_like_another_says_what_differs(recipe: Recipe, recipe_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "near.toml"
    path.write_text(
        f'like = "{recipe_file}"\nname = "near"\nlabels = ["stress", "rest"]\n[training]\nepochs = 2\n',
        encoding="utf-8",
    )
    near = load_recipe(str(path))
    assert near.labels == ("stress", "rest")
    assert near.training == msgspec.structs.replace(recipe.training, epochs=2)
    assert near.model == recipe.model
    further = tmp_path / "further.toml"
    further.write_text(f'like = "{path}"\nname = "further"\n', encoding="utf-8")
    assert load_recipe(str(further)) == msgspec.structs.replace(near, name="further")


def test_recipes_that_are_like_each_other_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(f'like = "{other}"', encoding="utf-8")
    other.write_text(f'like = "{one}"', encoding="utf-8")
    with pytest.raises(InputError, match="never ends"):
        load_recipe(str(one))


def test_the_log_has_every_epochs_curves(recipe: Recipe, tmp_path: Path) -> None:
    training, inner = easy_windows(recipe, 32, 0), easy_windows(recipe, 16, 1)
    settings = msgspec.structs.replace(recipe.training, epochs=2)
    fit(recipe.model, training, inner, settings, seed=0, keep=tmp_path)
    (events,) = (tmp_path / "log").glob("events*")
    tags = ("training/loss", "training/learning_rate", "validation/loss", "validation/macro_f1")
    assert [events.read_bytes().count(tag.encode()) for tag in tags] == [2, 2, 2, 2]


def test_a_quick_look_says_that_it_is_partial(recipe: Recipe, data: Path, cache: Path) -> None:
    place = Place(data=data, cache=cache, jobs=1)
    quick = changed(recipe, {"training.epochs": 1, "training.inner_folds": 1})
    rows = all_boards(quick, place, training_pool(quick, place), Plan(people=2))
    assert {row.people for row in rows} == {2}
    assert all(row.protocol.endswith("partial: 2 of 4 people") for row in rows)
