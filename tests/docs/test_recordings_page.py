"""docs/recordings.md as a reader follows it: its files are written, its commands run, its recipe trains."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import msgspec
import pytest

from edge_emotion.cli import main
from edge_emotion.errors import InputError
from edge_emotion_train.datasets import Interval, open_dataset
from edge_emotion_train.preparation.pool import Place, training_pool
from edge_emotion_train.recipe import load_recipe
from edge_emotion_train.runs.record import load_run

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "recordings.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)[ ]?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(line: str) -> int:
    program, *arguments = shlex.split(line)
    if program == "mkdir":
        Path(arguments[-1]).mkdir(parents=True)
        return 0
    assert program == "edge-emotion"
    return main(arguments)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything on the page, done in its order."""
    root = tmp_path_factory.mktemp("reader")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("EDGE_EMOTION_CACHE", str(root / "cache"))
        for kind, name, text in BLOCK.findall(PAGE):
            if kind == "console":
                assert all(run(line) == 0 for line in text.splitlines())
            else:
                Path(name).write_text(text, encoding="utf-8")
    return root / "study"


def test_the_pages_recordings_are_read_with_labels_ratings_and_people(study: Path) -> None:
    dataset = open_dataset("recordings", study)
    assert dataset.names() == ("anna_monday", "ben", "carla", "dan")
    anna, ben = (dataset.load(name) for name in dataset.names()[:2])
    assert (anna.person, ben.person) == ("recordings/anna", "recordings/ben")
    assert (
        [i.name for i in anna.intervals] == [i.name for i in ben.intervals] == ["rest", "stress", "recovery"]
    )
    assert [i.rating("arousal") for i in ben.intervals] == [2.0, 8.0, None]
    assert dataset.info.licence == "CC BY 4.0"


def test_the_pages_rules_go_by_name_then_by_rating(study: Path) -> None:
    (settings,) = load_recipe(str(study.parent / "mine.toml")).datasets
    labels = [settings.label_of(i) for i in open_dataset("recordings", study).load("ben").intervals]
    assert labels == ["rest", "stress", None]
    assert settings.label_of(Interval(start_s=0, end_s=1, name="other")) is None


def test_the_pages_recipe_trains_on_all_but_whom_it_holds_out(study: Path) -> None:
    run = load_run(study.parent / "runs" / "mine")
    assert [(use.name, use.people) for use in run.record.training.datasets] == [("recordings", 3)]
    assert run.heldout.names() == ("recordings/anna",)
    assert set(run.calibration.labels) == {0, 1}
    assert (study.parent / "runs" / "mine" / "report.html").is_file()


def test_of_several_people_it_is_told_who_can_be_held_out_before_anything_is_prepared(
    study: Path, tmp_path: Path
) -> None:
    recipe = load_recipe(str(study.parent / "mine.toml"))
    place = Place(data=study, cache=tmp_path / "cache", jobs=1)
    for held_out, message in (
        (
            ("recordings/anna_monday",),
            r"mine holds out recordings/anna_monday.*there are recordings/anna, rec",
        ),
        (tuple(f"recordings/{name}" for name in ("anna", "ben", "carla", "dan")), "nobody is left"),
    ):
        with pytest.raises(InputError, match=message):
            training_pool(msgspec.structs.replace(recipe, held_out=held_out), place)
    assert not place.cache.exists()


def test_evaluate_knows_a_held_out_person_by_name_and_not_by_recording(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = study.parent
    arguments = (
        f"evaluate {root / 'runs' / 'mine'} --data {study} --cache {root / 'cache'} --board recordings --json"
    )
    assert main(arguments.split()) == 0
    assert json.loads(capsys.readouterr().out)["row"]["people"] == 1
