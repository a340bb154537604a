"""docs/recordings.md as a reader follows it: its files are written, its commands run, its rules decode."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from edge_emotion.cli import main
from edge_emotion_train.datasets import Interval, open_dataset
from edge_emotion_train.recipe import DatasetSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "recordings.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)[ ]?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Rules(msgspec.Struct):
    datasets: list[DatasetSettings]


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
            elif name != "rules":
                Path(name).write_text(text, encoding="utf-8")
    return root / "study"


def test_the_pages_recordings_are_read_with_labels_ratings_and_people(study: Path) -> None:
    dataset = open_dataset("recordings", study)
    assert dataset.names() == ("anna_monday", "ben")
    anna, ben = (dataset.load(name) for name in dataset.names())
    assert (anna.person, ben.person) == ("recordings/anna", "recordings/ben")
    assert (
        [i.name for i in anna.intervals] == [i.name for i in ben.intervals] == ["rest", "stress", "recovery"]
    )
    assert [i.rating("arousal") for i in ben.intervals] == [2.0, 8.0, None]
    assert dataset.info.licence == "CC BY 4.0"


def test_the_pages_rules_go_by_name_then_by_rating(study: Path) -> None:
    text = next(text for _, name, text in BLOCK.findall(PAGE) if name == "rules")
    (settings,) = msgspec.toml.decode(text, type=Rules).datasets
    labels = [settings.label_of(i) for i in open_dataset("recordings", study).load("ben").intervals]
    assert labels == ["rest", "stress", None]
    assert settings.label_of(Interval(start_s=0, end_s=1, name="other")) is None
