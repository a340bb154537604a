"""What a personal reference of 1, 2 and 5 minutes of rest is worth, and what being without one costs.

Stress-Predict, people dealt into five parts; each part is judged by networks that learned from the others (the recipe's network,
a fixed number of epochs, no choice of anything). Every variant judges the same windows: every fourth of those that begin five
minutes after the recording's first. Only what the windows are compared with differs, as if ``edge-emotion calibrate`` had
stored it:

``0_min``   nothing: the reference view is all zeros;
``m_min``   the first m minutes, whatever they were;
``m_min_drawn``  the same, the means of a short rest drawn towards the population's (tried, not built in);
``..._judged``  the same where the rest judge accepts them, nothing where it does not.

Networks: ``learned_unknown`` lost its reference view in some training windows (reference_dropout), ``never_unknown`` in none.
Differences are paired over people (bootstrap, 95 %).

    python benchmarks/calibration.py --data ../shared/data [--cache DIR] [--epochs 6] [--run RUN] [--save]

`--run RUN` also puts macro-F1 by minutes of rest where `edge-emotion report RUN` shows it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import common
import msgspec
import numpy as np
import places
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import Metric, NormalisationSpec
from edge_emotion.runtime.normalise import Normaliser
from edge_emotion.runtime.reference import RoleReference
from edge_emotion.runtime.rest import RestVerdict
from edge_emotion.types import NS_PER_S, Calibration, Modality, Role
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.boards import labelled, mapping_of
from edge_emotion_train.learning.training import fit, predict
from edge_emotion_train.models import family_of
from edge_emotion_train.preparation.labelling import UNLABELLED, label_windows
from edge_emotion_train.preparation.normalising import fit_normalisation, join_labelled
from edge_emotion_train.preparation.pool import Place, prepare_all, training_pool
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet, join
from edge_emotion_train.recipe import Recipe, load_recipe
from edge_emotion_train.report.extras import CurvePoint, save_curve
from edge_emotion_train.runs.record import read_record

BOARD = "stress_predict"
FOLDS = 5
SETTLED_S = 300.0
MINUTES = (1, 2, 5)
STRIDE = 4
HALF_S = 180.0
NETWORKS = {"learned_unknown": 0.25, "never_unknown": 0.0}
DRAWS = 2000
FULL = "5_min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """One person's judged windows as each variant sees them, and whether the judge accepted each length."""

    windows: Mapping[str, WindowSet]
    accepted: Mapping[str, bool]


def views(recording: PreparedRecording, spec: NormalisationSpec, recipe: Recipe) -> Views | None:
    """``None`` where no window is usable."""
    classes = label_windows(
        recording.start_ns / NS_PER_S,
        recording.end_ns / NS_PER_S,
        recording.intervals,
        mapping_of(recording, recipe),
        recipe.labels,
    )
    quality = recipe.decision.minimum_quality
    first_ns = recording.start_ns[recording.complete].min()
    late = recording.start_ns >= first_ns + SETTLED_S * NS_PER_S
    wanted = np.flatnonzero(late & (classes != UNLABELLED) & (recording.quality >= quality).any(axis=1))[
        ::STRIDE
    ]
    if len(wanted) == 0:
        return None
    doing_without = msgspec.structs.replace(spec, without_reference="population")
    references: dict[str, tuple[RoleReference, ...]] = {"0_min": ()}
    accepted: dict[str, bool] = {}
    for minutes in MINUTES:
        name = f"{minutes}_min"
        found, verdicts = rest_of(recording, spec, 60.0 * minutes, quality)
        allowed = tuple(r for r in found if r.role in verdicts and verdicts[r.role].allows(r.role))
        accepted[name] = bool(allowed)
        references[name] = found
        if minutes * 60 < spec.reference_s:
            references[f"{name}_drawn"] = drawn(found, spec)
            references[f"{name}_drawn_judged"] = drawn(allowed, spec)
        else:
            references[f"{name}_judged"] = allowed
    windows = {}
    for name, roles in references.items():
        inputs = _inputs(recording, doing_without, roles, wanted, quality)
        windows[name] = WindowSet(
            inputs=inputs, labels=classes[wanted], people=np.full(len(wanted), recording.person)
        )
    return Views(windows=windows, accepted=accepted)


def drawn(roles: Sequence[RoleReference], spec: NormalisationSpec) -> tuple[RoleReference, ...]:
    """The references with their means drawn towards the population's: the shorter the rest, the more; spreads stay."""
    scalings = {s.tensor: s for s in spec.scaling}
    changed = []
    for role in roles:
        own = role.rest_s / (role.rest_s + HALF_S) * (spec.reference_s + HALF_S) / spec.reference_s
        moments = []
        for m in role.moments:
            mean, square = np.array(m.sums) / role.windows, np.array(m.squares) / role.windows
            nearer = own * mean + (1 - own) * np.array(scalings[m.tensor].mean)
            squares = role.windows * (np.maximum(square - mean**2, 0) + nearer**2)
            sums = tuple((role.windows * nearer).tolist())
            moments.append(msgspec.structs.replace(m, sums=sums, squares=tuple(squares.tolist())))
        changed.append(msgspec.structs.replace(role, moments=tuple(moments)))
    return tuple(changed)


def rest_of(
    recording: PreparedRecording, spec: NormalisationSpec, rest_s: float, quality: float
) -> tuple[tuple[RoleReference, ...], Mapping[Role, RestVerdict]]:
    """What the first minutes give for each role that has enough good windows in them, rest or not."""
    normaliser = Normaliser(
        msgspec.structs.replace(spec, reference_s=rest_s, without_reference="abstain"), quality
    )
    first_ns = recording.start_ns[recording.complete].min()
    for index in np.flatnonzero(recording.end_ns <= first_ns + rest_s * NS_PER_S).tolist():
        normaliser.push(recording.window(index))
    modalities = (Modality.BVP, Modality.EDA)
    kept = (Calibration.SESSION, Calibration.DOUBTFUL)
    return normaliser.references(modalities, kept), normaliser.reference_verdicts


def _inputs(
    recording: PreparedRecording,
    spec: NormalisationSpec,
    roles: tuple[RoleReference, ...],
    wanted: NDArray[np.int64],
    quality: float,
) -> dict[str, NDArray[np.float32]]:
    # A role that the reference does not know is unknown at once; without any reference both must be told so.
    silent = msgspec.structs.replace(spec, reference_s=0.0) if not roles else spec
    normaliser = Normaliser(silent, quality, roles)
    rows = [normaliser.push(recording.window(int(i))).inputs for i in wanted]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def judged_by(
    training: Sequence[PreparedRecording], test: Sequence[PreparedRecording], recipe: Recipe, epochs: int
) -> tuple[dict[str, WindowSet], dict[str, dict[str, NDArray[np.int64]]], dict[str, dict[str, bool]]]:
    """Windows by variant, predicted classes by network and variant, and acceptance by person and length."""
    spec = fit_normalisation(training, recipe.reference, recipe.decision.minimum_quality)
    learned_from = join_labelled(labelled(training, recipe, spec, recipe.training.stride)).windows
    people = {r.person: v for r in test if (v := views(r, spec, recipe)) is not None}
    names = next(iter(people.values())).windows
    windows = {name: join(v.windows[name] for v in people.values()) for name in names}
    predicted: dict[str, dict[str, NDArray[np.int64]]] = {}
    for network, dropout in NETWORKS.items():
        settings = msgspec.structs.replace(recipe.training, epochs=epochs, reference_dropout=dropout)
        model = fit(recipe.model, learned_from, None, settings, seed=recipe.seed).model
        predicted[network] = {name: predict(model, w).argmax(axis=1) for name, w in windows.items()}
    return windows, predicted, {p: dict(v.accepted) for p, v in people.items()}


def macro_f1(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Of two classes, both of which occur; scikit-learn's takes a hundred times as long, and is called 70 000 times."""
    tn, fp, fn, tp = np.bincount(2 * labels + predicted, minlength=4).tolist()
    return (tp / max(tp + (fp + fn) / 2, 1) + tn / max(tn + (fp + fn) / 2, 1)) / 2


def interval(
    labels: NDArray[np.int64],
    one: NDArray[np.int64],
    other: NDArray[np.int64] | None,
    people: NDArray[np.str_],
) -> dict[str, float]:
    """Macro-F1 of ``one``, or its gain over ``other``, with a bootstrap interval over people."""

    def figure(index: NDArray[np.int64]) -> float:
        own = macro_f1(labels[index], one[index])
        return own if other is None else own - macro_f1(labels[index], other[index])

    rows = [np.flatnonzero(people == p) for p in np.unique(people)]
    random = np.random.default_rng(0)
    draws = [
        figure(np.concatenate([rows[i] for i in random.integers(0, len(rows), len(rows))]))
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(draws, (0.025, 0.975))
    return {"value": figure(np.arange(len(labels))), "low": float(low), "high": float(high)}


def _measure(recipe: Recipe, place: Place, epochs: int) -> dict[str, object]:
    pool = training_pool(recipe, place)
    everyone = (*pool.training, *pool.heldout)
    judged = prepare_all(open_dataset(BOARD, place.data), recipe, place)
    names = np.random.default_rng(0).permutation(sorted({r.person for r in judged}))
    windows: dict[str, list[WindowSet]] = {}
    predicted: dict[str, dict[str, list[NDArray[np.int64]]]] = {n: {} for n in NETWORKS}
    accepted: dict[str, dict[str, bool]] = {}
    for part in range(FOLDS):
        out = set(names[part::FOLDS])
        training = [r for r in everyone if r.person not in out]
        test = [r for r in judged if r.person in out]
        sets, classes, taken = judged_by(training, test, recipe, epochs)
        accepted |= taken
        print(f"part {part + 1} of {FOLDS}", file=sys.stderr, flush=True)
        for name, own in sets.items():
            windows.setdefault(name, []).append(own)
            for network in NETWORKS:
                predicted[network].setdefault(name, []).append(classes[network][name])
    return _result(windows, predicted, accepted)


def _result(
    windows: Mapping[str, list[WindowSet]],
    predicted: Mapping[str, Mapping[str, list[NDArray[np.int64]]]],
    accepted: Mapping[str, Mapping[str, bool]],
) -> dict[str, object]:
    whole = join(windows[FULL])
    found = {n: {v: np.concatenate(p) for v, p in rows.items()} for n, rows in predicted.items()}
    gains = {
        variant: interval(whole.labels, classes, found["learned_unknown"]["0_min"], whole.people)
        for variant, classes in found["learned_unknown"].items()
        if variant != "0_min"
    }
    return {
        "people": len(whole.names()),
        "windows": len(whole),
        "macro_f1": {
            network: {v: interval(whole.labels, c, None, whole.people) for v, c in rows.items()}
            for network, rows in found.items()
        },
        "gain_over_0_min": gains,
        "cost_of_learning_unknown_at_5_min": interval(
            whole.labels, found["learned_unknown"][FULL], found["never_unknown"][FULL], whole.people
        ),
        "people_accepted": {
            length: sum(a[length] for a in accepted.values()) for length in next(iter(accepted.values()))
        },
    }


def points(found: Mapping[str, Any], recipe: Recipe) -> list[CurvePoint]:
    """Macro-F1 of the recipe's network by minutes of rest, for the report of a run."""
    rows: Mapping[str, Mapping[str, float]] = found["macro_f1"]["learned_unknown"]
    return [
        CurvePoint(
            board=BOARD,
            system=f"{family_of(recipe.model)} (recipe {recipe.name})",
            minutes=minutes,
            people=found["people"],
            macro_f1=Metric(name="macro_f1", **rows[f"{minutes}_min"]),
        )
        for minutes in (0, *MINUTES)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    places.add_arguments(parser)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--run", type=Path, help="run folder whose report is to show the curve")
    common.add_arguments(parser)
    args = parser.parse_args()
    return places.told("calibration", lambda: _told(args))


def _told(args: argparse.Namespace) -> None:
    if args.run is not None:
        read_record(args.run)  # now and not after all the trainings
    recipe = load_recipe("stress")
    found = _measure(recipe, places.place_of(args), args.epochs)
    if args.run is not None:
        save_curve(args.run, points(found, recipe))
    common.finish("calibration", {**found, "epochs": args.epochs, "folds": FOLDS}, args)


if __name__ == "__main__":
    sys.exit(main())
