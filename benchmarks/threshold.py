"""Would a threshold of the wearer's own help? What a network says of a person at rest, beside what it says of others.

Each person's rest, the first five minutes, is shown to the network once the reference is complete. By how much its log-odds
there differ from their mean over the training people's rests, times a weight, is taken off all that it says of that person
later: causal, and nothing of the judged minutes is used. Two ways to show a rest:

``windows``  the windows of those minutes, averaged: what `edge_emotion.runtime.own_threshold` does;
``mean``     one made-up window that holds the rest's mean in every channel, by pattern of usable signals: nothing to keep.

    python benchmarks/threshold.py --data ../shared/data --board unseen-stress-predict [--weights 0.5,1] [--save]

Boards of two classes. Differences are paired by person; docs/decisions/096-a-threshold-of-ones-own.md says what was found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import common
import numpy as np
import places
from numpy.typing import NDArray
from rests import mean_windows

from edge_emotion.errors import UsageError
from edge_emotion.runtime.normalise import PRESENT
from edge_emotion_train.evaluation.accuracy.catalogue import board_named
from edge_emotion_train.evaluation.accuracy.choosing import ByDataset
from edge_emotion_train.evaluation.accuracy.dividing import folds_of
from edge_emotion_train.evaluation.accuracy.judging import (
    Trial,
    judged_windows,
    learned_windows,
    prepared_for,
    protocol_of,
)
from edge_emotion_train.evaluation.accuracy.lineup import Lineup
from edge_emotion_train.evaluation.accuracy.networks import networks
from edge_emotion_train.evaluation.accuracy.timeline import labelled_part, smoothed
from edge_emotion_train.evaluation.comparing import compare
from edge_emotion_train.evaluation.predictions import BoardPredictions, SystemPredictions, join_predictions
from edge_emotion_train.evaluation.rows import row_of
from edge_emotion_train.evaluation.splits import Fold
from edge_emotion_train.evaluation.systems import System
from edge_emotion_train.preparation.normalising import (
    fit_normalisation,
)
from edge_emotion_train.preparation.windows import WindowSet, join
from edge_emotion_train.recipe import Recipe, load_recipe

SMALLEST = 1e-4
"""Log-odds beyond that of this probability say nothing more."""

Doubles = NDArray[np.float64]
Key = tuple[str, tuple[bool, ...]]
"""A person and, where it matters, which signals were usable."""


def main() -> int:
    args = _arguments()
    return places.told("threshold", lambda: common.finish(f"threshold-{args.board}", measure(args), args))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    places.add_arguments(parser)
    parser.add_argument("--board", required=True, help="a board of two classes")
    parser.add_argument("--weights", default="0.5,1", help="how much of the difference is taken off")
    common.add_arguments(parser)
    return parser.parse_args()


def measure(args: argparse.Namespace) -> dict[str, object]:
    """Every family as it is and with each threshold."""
    board, recipe = board_named(args.board), load_recipe("boards")
    if len(board.labels) != 2:
        raise UsageError(f"board {board.name} has {len(board.labels)} classes; a threshold is between two")
    trial = Trial(
        board=board,
        recipe=recipe,
        lineup=Lineup(systems=_systems(recipe, board.split == "unseen"), blends={}),
        seed=0,
        calibration_s=300.0,
    )
    place = places.place_of(args)
    weights = tuple(float(w) for w in args.weights.split(","))
    names = sorted({s.dataset for s in (*board.learned, board.judged)})
    prepared = {name: prepared_for(name, recipe, place) for name in names}
    learned = [r for source in board.learned for r in prepared[source.dataset]]
    folds = folds_of(board, learned, prepared[board.judged.dataset])
    found = join_predictions([judged(trial, fold, weights) for fold in folds])
    plain = [system.name for system in trial.lineup.systems]
    return {
        "board": board.name,
        "protocol": found.protocol,
        "macro_f1": {name: _macro_f1(found, name) for name in found.names},
        "gain": {
            name: _gain(found, name, own)
            for own in plain
            for name in found.names
            if name.startswith(f"{own}_with")
        },
    }


def _systems(recipe: Recipe, unseen: bool) -> tuple[System, ...]:
    families = networks(recipe, 2, 1, False, ())
    return tuple(ByDataset(f) for f in families) if unseen else tuple(families)


def judged(trial: Trial, fold: Fold, weights: Sequence[float]) -> BoardPredictions:
    """What each network says about the fold's people, plain and with each threshold of their own."""
    recipe = trial.recipe
    quality = recipe.decision.minimum_quality
    spec = fit_normalisation(fold.training, recipe.reference, quality)
    training, test = learned_windows(trial, fold, spec), judged_windows(trial, fold, spec)
    assert test is not None, "these boards have usable windows of everybody"
    ways = {
        "windows": (test.rests, training.rests, by_person),
        "mean": (
            mean_windows(fold.test, spec, quality),
            mean_windows(fold.training, spec, quality),
            by_pattern,
        ),
    }
    said: dict[str, Doubles] = {}
    for system in trial.lineup.systems:
        asked = [test.windows, *(part for tested, taught, _ in ways.values() for part in (tested, taught))]
        together = log_odds(system.probabilities(training, replace(test, windows=join(asked)), 2, trial.seed))
        own, *rests = np.split(together, np.cumsum([len(part) for part in asked])[:-1])
        said[system.name] = own
        for place, (name, (tested, taught, keys)) in enumerate(ways.items()):
            at_rest = levels(keys(tested), rests[2 * place])
            usual = levels(keys(taught), rests[2 * place + 1])
            off = offsets(keys(test.windows), at_rest, usual)
            said |= {f"{system.name}_with_{name}_{w:g}": own - w * off for w in weights}
    here = labelled_part(test)
    count, hop_s = recipe.decision.smoothing_windows, recipe.signals.hop_s
    return BoardPredictions(
        board=trial.board.name,
        protocol=protocol_of(trial),
        labels=trial.board.labels,
        roles=recipe.roles,
        people=test.windows.people[here],
        minutes=test.minutes[here],
        truth=test.windows.labels[here],
        systems=tuple(
            SystemPredictions(
                name=name, probabilities=smoothed(_shares(z), test, count=count, hop_s=hop_s)[here]
            )
            for name, z in said.items()
        ),
    )


def log_odds(probabilities: Doubles) -> Doubles:
    """Of the second class, shape (N,)."""
    second = np.clip(probabilities[:, 1], SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(second / (1 - second)))


def _shares(log_odds: Doubles) -> Doubles:
    second = 1 / (1 + np.exp(-log_odds))
    return np.stack([1 - second, second], axis=1)


def offsets(test: Sequence[Key], tested: Mapping[Key, float], taught: Mapping[Key, float]) -> Doubles:
    """How much higher than usual the network stands at each window's person at rest; 0 for a person without a rest."""
    usual: dict[tuple[bool, ...], list[float]] = {}
    for (_, pattern), level in taught.items():
        usual.setdefault(pattern, []).append(level)
    own = {key: level - float(np.mean(usual[key[1]])) for key, level in tested.items() if key[1] in usual}
    return np.array([own.get(key, 0.0) for key in test])


def levels(keys: Sequence[Key], said: Doubles) -> dict[Key, float]:
    """Mean of ``said`` by key."""
    found: dict[Key, list[float]] = {}
    for key, value in zip(keys, said.tolist(), strict=True):
        found.setdefault(key, []).append(value)
    return {key: float(np.mean(values)) for key, values in found.items()}


def by_person(windows: WindowSet) -> list[Key]:
    """A person has one rest, whatever signals were usable."""
    return [(str(person), ()) for person in windows.people]


def by_pattern(windows: WindowSet) -> list[Key]:
    """A rest for each pattern of usable signals."""
    patterns = (windows.inputs[PRESENT] > 0).tolist()
    return [(str(p), tuple(seen)) for p, seen in zip(windows.people, patterns, strict=True)]


def _macro_f1(found: BoardPredictions, name: str) -> list[float]:
    (line,) = [m for m in row_of(found, name).metrics if m.name == "macro_f1"]
    return [round(line.value, 4), round(line.low, 4), round(line.high, 4)]


def _gain(found: BoardPredictions, one: str, other: str) -> list[float]:
    gap = compare(replace(found, systems=(found.system(one), found.system(other))), one)[0].difference
    return [round(gap.value, 4), round(gap.low, 4), round(gap.high, 4)]


if __name__ == "__main__":
    sys.exit(main())
