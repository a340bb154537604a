"""Recipes changed by flags, printed, listed, and several of them to choose from."""

from __future__ import annotations

import json

import pytest
from easy_windows import easily_labelled

from edge_emotion.cli import main
from edge_emotion.errors import UsageError
from edge_emotion_train.learning.fitting import Candidate, Learned, fit_best
from edge_emotion_train.overriding import changed, parsed
from edge_emotion_train.recipe import Recipe, load_recipe
from edge_emotion_train.runs.sweeping import sweep_results, trials_of


def test_values_are_written_as_in_toml() -> None:
    assert parsed("training.epochs=8") == ("training.epochs", (8,))
    assert parsed("training.learning_rate=0.003, 5e-3") == ("training.learning_rate", (0.003, 0.005))
    assert parsed("model.widths=[4, 8], [8, 8]") == ("model.widths", ([4, 8], [8, 8]))
    assert parsed("model.direction=both,off") == ("model.direction", ("both", "off"))
    with pytest.raises(UsageError, match="write key=value"):
        parsed("training.epochs")


def test_fields_are_replaced_and_nothing_else(recipe: Recipe) -> None:
    other = changed(recipe, {"training.epochs": 3, "model.streams.1.channels": 6, "seed": 4})
    assert (other.training.epochs, other.model.streams[1].channels, other.seed) == (3, 6, 4)
    back = {"training.epochs": 8, "model.streams.1.channels": 4, "seed": 0}
    assert changed(other, back) == recipe


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("training.epochs", "many", "training.epochs=many: expected int, got str - at training.epochs"),
        ("training.epochs", 0, "expected int >= 1"),
        ("training.epoch", 3, "did you mean epochs"),
        ("training.epochs.first", 3, "training.epochs has no 'first'; it has nothing to set"),
        ("model.streams.7.channels", 3, "model.streams has no '7'; it has 0, 1"),
        ("model.steps", 81, "window_s"),
    ],
)
def test_a_wrong_change_says_what_is_allowed(recipe: Recipe, key: str, value: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        changed(recipe, {key: value})


def test_the_printed_recipe_is_the_effective_one(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--print-config", "--set", "training.epochs=3", "--seed", "5"]) == 0
    file = tmp_path_factory.mktemp("printed") / "printed.toml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert load_recipe(str(file)) == changed(load_recipe("stress"), {"training.epochs": 3, "seed": 5})


def test_the_list_names_every_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["recipes"]}
    assert rows["stress"]["source"] == "product"
    assert main(["train", "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--set", "training.epochs=3,4"], "add --sweep"),
        (["--data", "d"], "--out is missing"),
        (["--out", "o"], "--data is missing"),
        (["--out", "o", "--data", "d", "--people", "3"], "add --evaluate loso"),
        (["--out", "o", "--data", "d", "--devices", "0"], "must be 1 or more"),
        (["--out", "o", "--data", "d", "--sweep"], "nothing to choose from"),
        (["--out", "o", "--data", "d", "--sweep", "--set", "training.stride=1,2"], "except training.stride"),
        (["--out", "o", "--data", "d", "--sweep", "--set", "signals.hop_s=5,10"], "only fields of model"),
    ],
)
def test_flags_that_make_no_sense_are_told(
    flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *flags]) == 2
    assert message in capsys.readouterr().err


def test_people_of_the_training_side_choose_the_better_trial(recipe: Recipe) -> None:
    trials = trials_of(recipe, {"training.learning_rate": (1e-6, 0.02), "training.epochs": (4,)})
    candidates = [Candidate(config=t.recipe.model, settings=t.recipe.training) for t in trials]
    training = easily_labelled(recipe, 240, people=3)
    chosen = fit_best(candidates, training, own_threshold=0.0, seed=0)
    rows = sweep_results(trials, chosen)
    assert rows[0].values == {"training.learning_rate": "0.02"}
    assert rows[0].chosen
    assert not rows[1].chosen
    assert rows[0].macro_f1 > 0.9 > rows[1].macro_f1


def test_one_candidate_or_two_alike_give_the_same_network(recipe: Recipe) -> None:
    training = easily_labelled(recipe, 48, people=3)
    one = _quick(recipe)
    alone, among = (fit_best([one] * count, training, own_threshold=0.0, seed=0).learned for count in (1, 2))
    assert alone.temperature == among.temperature
    _assert_same_weights(alone, among)


def test_the_temperature_is_fitted_to_what_a_device_with_own_thresholds_would_say(recipe: Recipe) -> None:
    training = easily_labelled(recipe, 48, people=3)
    shared, own = (
        fit_best([_quick(recipe)], training, own_threshold=share, seed=0).learned for share in (0.0, 1.0)
    )
    assert shared.temperature != own.temperature
    _assert_same_weights(shared, own)


def _quick(recipe: Recipe) -> Candidate:
    settings = changed(recipe, {"training.epochs": 2}).training
    return Candidate(config=recipe.model, settings=settings)


def _assert_same_weights(one: Learned, other: Learned) -> None:
    for name, tensor in one.model.state_dict().items():
        assert tensor.equal(other.model.state_dict()[name])
