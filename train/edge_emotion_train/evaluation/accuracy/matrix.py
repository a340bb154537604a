"""Trained on each data set, tested on each: what carries over from one protocol, sensor and place to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_emotion.bundle.manifest import BoardRow, Metric
from edge_emotion_train.evaluation.accuracy.catalogue import CALM_STRESS, MATRIX, Board, Source
from edge_emotion_train.evaluation.accuracy.judging import Trial, judge_board
from edge_emotion_train.evaluation.accuracy.lineup import lineup
from edge_emotion_train.evaluation.rows import row_of
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.recipe import Recipe

PEOPLE_PARTS = 5
ROWS = ("clock", "presence", "lr_et", "et_both", "chosen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Rows of those who learned from one data set and were judged on one, by name of the set."""

    trained_on: str
    tested_on: str
    rows: tuple[BoardRow, ...]


def matrix(recipe: Recipe, place: Place, seed: int) -> list[Crossing]:
    """Rest against stress from each data set to each, for the classical rows.

    On the diagonal people are left out, in five parts.
    """
    line = lineup(recipe, len(CALM_STRESS), 0, ablations=False)
    crossings = []
    for learned in MATRIX:
        for judged in MATRIX:
            trial = Trial(
                board=_cell(learned, judged),
                recipe=recipe,
                lineup=line,
                seed=seed,
                calibration_s=recipe.reference.reference_s,
            )
            found = judge_board(trial, place)
            rows = tuple(row_of(found, name) for name in ROWS)
            crossings.append(Crossing(trained_on=learned.dataset, tested_on=judged.dataset, rows=rows))
    return crossings


def macro_f1_table(crossings: Sequence[Crossing]) -> dict[str, dict[str, dict[str, float]]]:
    """Macro-F1 by trained on, tested on and row."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for crossing in crossings:
        table.setdefault(crossing.trained_on, {})[crossing.tested_on] = {
            row.system: round(macro_f1_of(row).value, 4) for row in crossing.rows
        }
    return table


def macro_f1_of(row: BoardRow) -> Metric:
    """With its interval over people."""
    return next(metric for metric in row.metrics if metric.name == "macro_f1")


def _cell(learned: Source, judged: Source) -> Board:
    same = learned.dataset == judged.dataset
    return Board(
        name=f"{learned.dataset} to {judged.dataset}",
        labels=CALM_STRESS,
        learned=(learned,),
        judged=judged,
        split="people" if same else "unseen",
        parts=PEOPLE_PARTS,
    )
