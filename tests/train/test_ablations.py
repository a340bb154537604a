"""``train --ablations``: the network less its parts, judged like itself, and found by the report."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge_emotion.cli import main
from edge_emotion_train.evaluation.prediction_files import load_predictions, predictions_path
from edge_emotion_train.evaluation.systems import ablated
from edge_emotion_train.pretraining.settings import PretrainingSettings
from edge_emotion_train.recipe import Recipe, load_recipe
from edge_emotion_train.runs.record import load_run

PARTS = ("attention_off", "cardiac_only", "eda_only")


def test_each_part_is_judged_and_shown(recipe_file: Path, data: Path, cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = ["train", "--recipe", str(recipe_file), "--data", str(data), "--cache", str(cache), "--jobs", "1"]
    asked += ["--out", str(out), "--epochs", "1", "--evaluate", "loso", "--people", "2", "--ablations"]
    assert main(asked) == 0
    rows = load_run(out).record.training.boards
    assert {f"acmc_{part}" for part in PARTS} < {row.system for row in rows}
    board = load_predictions(predictions_path(out, "stress_predict"))
    shares = board.system("acmc_eda_only").contributions
    assert shares is not None
    assert (shares[:, 0] == 0).all()
    assert main(["report", str(out)]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "ablations on stress_predict" in page
    assert "No ablation was recorded" not in page


def test_a_network_that_is_pre_trained_is_judged_without_it(recipe: Recipe) -> None:
    settings = msgspec.structs.replace(recipe.training, pretraining=PretrainingSettings())
    names = [system.name for system in ablated(msgspec.structs.replace(recipe, training=settings))]
    assert names == ["acmc_attention_off", "acmc_pretraining_off", "acmc_cardiac_only", "acmc_eda_only"]


@pytest.mark.parametrize("name", ["stress", "stress-streaming", "acmc", "maan_lite", "me_mhacl"])
def test_every_family_has_parts_to_take_away(name: str) -> None:
    names = [system.name for system in ablated(load_recipe(name))]
    assert names[0].endswith("_attention_off")
    assert [n.rpartition("_")[2] for n in names[-2:]] == ["only", "only"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((), "add --evaluate loso"),
        (("--evaluate", "loso", "--sweep", "--set", "training.epochs=1,2"), "sweep first"),
    ],
)
def test_flags_that_make_no_sense(
    flags: tuple[str, ...],
    message: str,
    recipe_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["train", "--recipe", str(recipe_file), "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    assert main([*asked, "--ablations", *flags]) == 2
    assert message in capsys.readouterr().err
