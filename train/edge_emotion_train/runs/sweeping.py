"""Several values of some fields of a recipe: every combination is a trial; people inside of the training side choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import msgspec

from edge_emotion.errors import UsageError
from edge_emotion_train.learning.fitting import Chosen
from edge_emotion_train.overriding import changed
from edge_emotion_train.recipe import Recipe

SWEPT = ("model.", "training.")
FIXED = ("training.stride", "training.inner_folds")
"""They decide which windows and people judge: trials that differ in them could not be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One combination; ``values`` are the swept fields as text."""

    values: Mapping[str, str]
    recipe: Recipe


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the sweep's table: figures on inner people, who also chose its epoch (so all are a little too good)."""

    values: Mapping[str, str]
    epochs: int
    macro_f1: float
    loss: float
    chosen: bool


def trials_of(recipe: Recipe, settings: Mapping[str, Sequence[Any]]) -> tuple[Trial, ...]:
    """Every combination of the values in ``settings``.

    Raises
    ------
    UsageError
        If nothing has several values, or a field cannot be swept.
    """
    several = {key: values for key, values in settings.items() if len(values) > 1}
    if not several:
        raise UsageError(
            "--sweep: nothing to choose from; give several values, as in --set training.epochs=8,12"
        )
    for key in several:
        if not key.startswith(SWEPT) or key in FIXED:
            raise UsageError(
                f"--sweep --set {key}: only fields of model and training can be swept, except {', '.join(FIXED)}; "
                "compare anything else by runs of its own"
            )
    return tuple(
        Trial(
            values={key: str(value) for key, value in zip(several, values, strict=True)},
            recipe=changed(recipe, dict(zip(several, values, strict=True))),
        )
        for values in product(*several.values())
    )


def sweep_results(trials: Sequence[Trial], chosen: Chosen) -> list[TrialResult]:
    """The table, best first."""
    rows = [
        TrialResult(
            values=trial.values,
            epochs=inner.epochs,
            macro_f1=inner.macro_f1,
            loss=inner.loss,
            chosen=number == chosen.index,
        )
        for number, (trial, inner) in enumerate(zip(trials, chosen.judged, strict=True))
    ]
    return sorted(rows, key=lambda row: (not row.chosen, -row.macro_f1, row.loss))
