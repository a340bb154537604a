"""The page of a real small run: complete, self-contained, honest about what is missing."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from made_boards import board

from edge_emotion.bundle.manifest import Metric
from edge_emotion.errors import InputError, UsageError
from edge_emotion_train.cli import report as report_command
from edge_emotion_train.evaluation.prediction_files import predictions_path, save_predictions
from edge_emotion_train.evaluation.robustness_panel import ConditionResult, RobustnessPanel, save_panel
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.report.charts.base import chance, exact, figure
from edge_emotion_train.report.charts.interval import scale_of
from edge_emotion_train.report.extras import CROSS_FILE, CURVE_FILE, CrossCell, CurvePoint
from edge_emotion_train.report.figures import board_figures
from edge_emotion_train.report.verdicts import verdicts
from edge_emotion_train.runs.producing import Plan, produce_run

VOID = {"meta", "input", "path", "circle", "rect", "br"}


class Balanced(HTMLParser):
    """Every tag that is opened is closed; collects ids, links, and what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if tag == "a" else []
        self.fetched += [str(found[key]) for key in ("src", "srcset", "data") if key in found]
        if tag in ("script", "link", "iframe", "img"):
            self.fetched.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def run_folder(recipe: Recipe, data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained for two epochs and judged person by person."""
    out = tmp_path_factory.mktemp("runs") / "tiny & small"
    settings = msgspec.structs.replace(recipe.training, epochs=2)
    quick = msgspec.structs.replace(recipe, training=settings)
    produce_run(quick, Place(data=data, cache=cache, jobs=1), out, Plan(evaluation="loso"))
    return out


@pytest.fixture
def copy(run_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run_folder, tmp_path / run_folder.name))


def run(*argv: object) -> int:
    parser = argparse.ArgumentParser()
    report_command.add_arguments(parser)
    return report_command.run(parser.parse_args([str(a) for a in argv]))


def checked(path: Path) -> tuple[str, Balanced]:
    text = path.read_text(encoding="utf-8")
    parsed = Balanced()
    parsed.feed(text)
    assert not parsed.open
    assert not parsed.fetched
    assert len(parsed.ids) == len(set(parsed.ids))
    assert {link.removeprefix("#") for link in parsed.links} <= set(parsed.ids)
    assert not re.search(r"url\(|@import|https?:", text)
    return text, parsed


def test_a_run_keeps_its_predictions_and_becomes_a_page(run_folder: Path) -> None:
    assert predictions_path(run_folder, "stress_predict").is_file()
    assert run(run_folder) == 0
    text, _ = checked(run_folder / "report.html")
    assert "tiny &amp; small" in text
    for part in (
        "clock alone",
        "majority",
        "MIT",
        "Every person",
        "What abstaining buys",
        "Attention",
        "What it cannot do",
    ):
        assert part in text
    assert str(run_folder.parent) not in text


def test_json_gives_the_figures(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(run_folder, "--out", tmp_path / "page.html", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    (only,) = figures["boards"]
    assert {row["system"] for row in only["rows"]} == {"acmc", "lr", "rf", "gb", "clock", "majority"}
    assert {c["baseline"] for c in only["comparisons"]} == {"lr", "rf", "gb", "clock", "majority"}
    assert [s["stage"] for s in only["stages"]] == ["before temperature scaling", "after temperature scaling"]
    assert figures["alarms"] == []
    assert figures["stages"]["people"] == 1


def test_figures_of_other_commands_are_shown(copy: Path) -> None:
    metric = Metric(name="macro_f1", value=0.77, low=0.7, high=0.83)
    cell = CrossCell(trained_on="drivedb", tested_on="wesad_wrist", system="acmc", people=15, macro_f1=metric)
    point = CurvePoint(board="wesad2", system="acmc", minutes=2.0, people=15, macro_f1=metric)
    (copy / CROSS_FILE).write_bytes(msgspec.json.encode([cell]))
    (copy / CURVE_FILE).write_bytes(msgspec.json.encode([point]))
    clean = ConditionResult(
        group="clean", name="clean", windows=9, abstained=0.1, macro_f1=0.8, people_macro_f1=(0.8,)
    )
    worse = msgspec.structs.replace(
        clean, group="noise", name="0 dB", macro_f1=None, abstained=1.0, people_macro_f1=(None,)
    )
    save_panel(copy, RobustnessPanel(people=("x/y",), seed=0, conditions=(clean, worse)))
    assert run(copy) == 0
    text, _ = checked(copy / "report.html")
    assert ".770 [.700, .830]" in text
    assert "2 min: .770" in text
    assert "0 dB" in text
    assert "What bad signals do to it was not measured" not in text


@pytest.mark.parametrize("name", [CROSS_FILE, CURVE_FILE, "robustness.json", "boards.json"])
def test_a_damaged_file_is_named(copy: Path, name: str) -> None:
    (copy / name).write_bytes(b'{"x": 1')
    with pytest.raises(InputError, match=name):
        run(copy)


def test_old_runs_without_predictions_still_have_their_rows(copy: Path) -> None:
    predictions_path(copy, "stress_predict").unlink()
    assert run(copy) == 0
    text, _ = checked(copy / "report.html")
    assert "Predictions of these rows were not kept" in text


def test_a_board_without_a_clock_raises_the_alarm(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = board(name="lab <b>")
    others = tuple(s for s in made.systems if s.name != "clock")
    bare = made.__class__(**{n: getattr(made, n) for n in made.__slots__ if n != "systems"}, systems=others)
    save_predictions(predictions_path(copy, bare.board), bare)
    assert run(copy) == 0
    assert "ALARM: lab <b> has no clock-only row" in capsys.readouterr().out
    text, _ = checked(copy / "report.html")
    assert "Before you believe it" in text
    assert "<b>" not in text  # what comes from a file is escaped


def test_what_makes_no_sense_is_refused(run_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--data"):
        run(run_folder, "--robustness")
    with pytest.raises(UsageError, match="--people"):
        run(run_folder, "--people", 0)
    with pytest.raises(UsageError, match="cannot be written"):
        run(run_folder, "--out", tmp_path / "nowhere" / "page.html")
    with pytest.raises(InputError, match="not a finished run"):
        run(tmp_path)


def test_verdicts_say_what_the_figures_force() -> None:
    strong, coin = (board_figures(board(people=20, skill=s), "acmc", 0.55) for s in (3.0, 0.0))
    assert [v.tone for v in verdicts(strong)] == ["good", "good"]
    assert verdicts(coin)[0].tone == "warn"
    few = board_figures(board(people=2, skill=3.0), "acmc", 0.55)
    assert "2 people" in verdicts(few)[-1].text


@pytest.mark.parametrize(
    ("value", "text"), [(0.6934, ".693"), (1.0, "1.000"), (-0.02, "\u2212.020"), (float("nan"), "\u2013")]
)
def test_numbers_as_papers_write_them(value: float, text: str) -> None:
    assert exact(value) == text


def test_ticks_and_p_values() -> None:
    assert [figure(v) for v in (0.2, 1.0, 12.0)] == [".20", "1", "12"]
    assert (chance(0.0002), chance(0.04)) == ("< .001", ".040")


def test_a_scale_holds_every_interval_and_its_mark() -> None:
    gaps = [Metric(name="d", value=v, low=v - 0.03, high=v + 0.03) for v in (0.05, 0.31)]
    scale = scale_of(gaps, mark=0.0)
    assert scale.low <= 0.0 < 0.34 <= scale.high
    assert len(scale.ticks()) <= 7
