"""Trained on each data set, tested on each: what carries over from one protocol, sensor and place to another."""

from __future__ import annotations

from edge_emotion_train.evaluation.accuracy.catalogue import CALM_STRESS, MATRIX, Board, Source
from edge_emotion_train.evaluation.accuracy.judging import Trial, judge_board
from edge_emotion_train.evaluation.accuracy.lineup import lineup
from edge_emotion_train.evaluation.rows import row_of
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.recipe import Recipe

PEOPLE_PARTS = 5
ROWS = ("clock", "presence", "lr_et", "et_both", "chosen")


def matrix(recipe: Recipe, place: Place, seed: int) -> dict[str, object]:
    """Macro-F1 of rest against stress, by trained on and tested on, for the classical rows.

    On the diagonal people are left out, in five parts.
    """
    line = lineup(recipe, len(CALM_STRESS), 0, ablations=False)
    table: dict[str, dict[str, dict[str, float]]] = {}
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
            table.setdefault(learned.dataset, {})[judged.dataset] = {
                name: round(next(m.value for m in row_of(found, name).metrics if m.name == "macro_f1"), 4)
                for name in ROWS
            }
    return {"labels": list(CALM_STRESS), "macro_f1": table}


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
