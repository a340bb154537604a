"""How often the rest judge refuses true rest, and how often it takes stress for rest.

True rests: the first minutes of each recording of Stress-Predict (the protocol begins with rest). False rests: the first minutes
of each of its tasks that lasts long enough. ``limits`` are the shipped ones, chosen by looking at the quantiles of the training
people's true rests; ``left_out`` chooses them anew in each of five parts of the people, by the same rule (a quantile of the
others' rests), and judges the people left out. The ROC follows a factor on all limits at once. Beside it two judges that were
learned on the same folds: a logistic regression on the same figures, and one on the windows' mean hand features. WESAD is
reported and nothing is chosen on it.

    python benchmarks/rest.py --data ../shared/data [--cache DIR] [--save]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import common
import msgspec
import numpy as np
import places
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.runtime.rest import ABOUT_THE_SIGNAL, REST_LIMITS, RestJudge, RestVerdict
from edge_emotion.runtime.views import compressed
from edge_emotion.types import NS_PER_S, Role
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.preparation.normalising import fit_normalisation
from edge_emotion_train.preparation.pool import Place, prepare_all
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.recipe import Recipe, load_recipe

MINUTES = (3.0, 4.0, 5.0)
MAIN = 5.0
QUANTILES = (0.90, 0.95, 0.975, 1.0)
PARTS = 5
WEIGHTS = (0.0, 0.25, 0.4, 0.5, 0.65, 0.75, 0.9, 1.0)
MEASURES = ("heart_rate_slope_bpm_per_min", "heart_rate_wander_bpm", "level_slope_per_min", "scr_per_min")
REST_NAMES = ("rest", "baseline")

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Some minutes of a person, and whether the protocol says that they were rest."""

    person: str
    is_rest: bool
    verdict: RestVerdict
    features: Doubles

    @property
    def figures(self) -> Doubles:
        """The measures that have a limit, shape (4,); nan where unknown."""
        return np.array([getattr(self.verdict.measures, name) for name in MEASURES])

    @property
    def usable(self) -> bool:
        """Whether at least one signal is good enough to be a reference at all."""
        spoilt = {f.role for f in self.verdict.findings if f.reason in ABOUT_THE_SIGNAL}
        return spoilt != set(Role)


def candidates(recording: PreparedRecording, spec: NormalisationSpec, quality: float) -> Iterator[Candidate]:
    """The first rest and the long enough tasks of one recording."""
    first = next(i for i in recording.intervals if i.name in REST_NAMES)
    tasks = [i for i in recording.intervals if i.name in ("stroop", "interview", "stress")]
    for interval in (first, *tasks):
        end_s = interval.start_s + spec.reference_s
        inside = (recording.start_ns >= interval.start_s * NS_PER_S) & (recording.end_ns <= end_s * NS_PER_S)
        taken = np.flatnonzero(inside & recording.complete)
        # The grid of windows may begin a hop after the interval; more than that is missing where a task was too short.
        if interval.end_s < end_s or len(taken) == 0:
            continue
        lasted_s = (recording.end_ns[taken[-1]] - recording.start_ns[taken[0]]) / NS_PER_S
        judge = RestJudge(msgspec.structs.replace(spec, reference_s=float(lasted_s)), quality)
        for index in taken:
            judge.push(recording.window(int(index)))
        yield Candidate(
            person=recording.person,
            is_rest=interval is first,
            verdict=judge.verdict(),
            features=_mean_features(recording, taken, quality),
        )


def _mean_features(recording: PreparedRecording, taken: NDArray[np.int64], quality: float) -> Doubles:
    parts = []
    for column, name in enumerate(("cardiac_features", "eda_features")):
        good = taken[recording.quality[taken, column] >= quality]
        rows = recording.tensors[name][good]
        parts.append(rows.mean(axis=0) if len(rows) else np.full(recording.tensors[name].shape[1], np.nan))
    return np.concatenate(parts).astype(np.float64)


def excess(figures: Doubles, limits: Doubles) -> Doubles:
    """Largest measure in units of its limit, shape (n,): above 1 is refused. Unknown measures say nothing."""
    return np.asarray(np.nanmax(np.nan_to_num(figures / limits, nan=-np.inf), axis=-1), np.float64)


def limits_at(rests: Doubles, quantile: float) -> Doubles:
    return np.asarray(np.nanquantile(rests, quantile, axis=0), np.float64)


def auc(score: Doubles, is_rest: NDArray[np.bool_]) -> float:
    """Probability that a false rest scores above a true one; ties count half."""
    false, true = score[~is_rest][:, None], score[is_rest][None]
    return float(((false > true) + 0.5 * (false == true)).mean())


Scorer = Callable[[Doubles, NDArray[np.bool_], Doubles], Doubles]


def _by_limits(figures: Doubles, is_rest: NDArray[np.bool_], judged: Doubles) -> Doubles:
    return excess(judged, limits_at(figures[is_rest], 0.95))


def _learned(values: Doubles, is_rest: NDArray[np.bool_], judged: Doubles) -> Doubles:
    middle = np.nanmedian(values, axis=0)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced"))
    model.fit(np.where(np.isnan(values), middle, values), ~is_rest)
    return np.asarray(model.predict_proba(np.where(np.isnan(judged), middle, judged))[:, 1], np.float64)


def left_out(scorer: Scorer, values: Doubles, is_rest: NDArray[np.bool_], part: NDArray[np.int64]) -> Doubles:
    """Scores of everyone by what the other parts taught."""
    scores = np.empty(len(values))
    for number in range(PARTS):
        mine = part == number
        scores[mine] = scorer(values[~mine], is_rest[~mine], values[mine])
    return scores


def figures_of(found: Sequence[Candidate]) -> dict[str, object]:
    """What the shipped limits do."""
    usable = [c for c in found if c.usable]
    is_rest = np.array([c.is_rest for c in usable])
    refused = np.array([bool(c.verdict.findings) and not any_role(c.verdict) for c in usable])
    figures = np.array([c.figures for c in usable])
    return {
        "rests": int(is_rest.sum()),
        "tasks": int((~is_rest).sum()),
        "without_usable_signal": {
            "rests": sum(c.is_rest for c in found) - int(is_rest.sum()),
            "tasks": sum(not c.is_rest for c in found) - int((~is_rest).sum()),
        },
        "true_rest_refused": float(refused[is_rest].mean()),
        "stress_accepted": float((~refused[~is_rest]).mean()) if (~is_rest).any() else float("nan"),
        "auc_by_measure": {
            name: auc(np.nan_to_num(figures[:, i], nan=-np.inf), is_rest) for i, name in enumerate(MEASURES)
        },
        "auc": auc(excess(figures, shipped()), is_rest),
    }


def chosen_on_others(found: Sequence[Candidate]) -> dict[str, object]:
    """Limits and learned judges that never saw the people whom they judge."""
    usable = [c for c in found if c.usable]
    is_rest = np.array([c.is_rest for c in usable])
    figures = np.array([c.figures for c in usable])
    features = np.array([c.features for c in usable])
    people = sorted({c.person for c in usable})
    part = np.array([people.index(c.person) % PARTS for c in usable])
    by_limits = left_out(_by_limits, figures, is_rest, part)
    return {
        "auc_limits": auc(by_limits, is_rest),
        "auc_logistic_measures": auc(left_out(_learned, figures, is_rest, part), is_rest),
        "auc_logistic_features": auc(left_out(_learned, features, is_rest, part), is_rest),
        "at_quantile": {str(q): _left_out_at(q, figures, is_rest, part) for q in QUANTILES},
        "roc": roc(by_limits, is_rest),
    }


def shipped() -> Doubles:
    return np.array([getattr(REST_LIMITS, name) for name in MEASURES])


def any_role(verdict: RestVerdict) -> bool:
    return any(verdict.allows(role) for role in Role)


def _left_out_at(
    quantile: float, figures: Doubles, is_rest: NDArray[np.bool_], part: NDArray[np.int64]
) -> dict[str, float]:
    def scorer(values: Doubles, rest: NDArray[np.bool_], judged: Doubles) -> Doubles:
        return excess(judged, limits_at(values[rest], quantile))

    refused = left_out(scorer, figures, is_rest, part) > 1
    return {
        "true_rest_refused": float(refused[is_rest].mean()),
        "stress_accepted": float((~refused[~is_rest]).mean()),
    }


def roc(score: Doubles, is_rest: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Share of true rests refused against share of stress refused, at factors on all limits."""
    return [
        {
            "factor": factor,
            "true_rest_refused": float((score[is_rest] > factor).mean()),
            "stress_refused": float((score[~is_rest] > factor).mean()),
        }
        for factor in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
    ]


def shrinkage(
    recordings: Sequence[PreparedRecording], spec: NormalisationSpec, quality: float
) -> dict[str, dict[str, float]]:
    """How near the mean of the first minutes comes to the person's later rests, drawn towards the population by a weight.

    Root mean square distance in population deviations, averaged over the hand features; the first key is the length of the
    rest, the second the weight of the person's own mean.
    """
    scalings = {s.tensor: s for s in spec.scaling}
    table: dict[str, dict[str, float]] = {}
    for minutes in (1.0, 2.0, 5.0):
        squares: list[Doubles] = []
        for recording in recordings:
            parts = [
                _distances(recording, scalings[name], column, minutes, quality)
                for column, name in enumerate(("cardiac_features", "eda_features"))
            ]
            squares += [np.concatenate(parts, axis=1)]
        error = np.sqrt(np.nanmean(squares, axis=0)).mean(axis=1)
        table[f"{minutes:g}_min"] = dict(zip(map(str, WEIGHTS), error.tolist(), strict=True))
    return table


def _distances(
    recording: PreparedRecording, scaling: ChannelScaling, column: int, minutes: float, quality: float
) -> Doubles:
    """Squared distances, shape (weights, features); nan where rest or later rest has no good window."""
    first_ns = recording.start_ns[recording.complete].min()
    good = recording.complete & (recording.quality[:, column] >= quality)
    own = good & (recording.end_ns <= first_ns + minutes * 60 * NS_PER_S)
    later = np.zeros(len(recording), np.bool_)
    for interval in recording.intervals:
        if interval.name in REST_NAMES:
            start_ns = max(interval.start_s * NS_PER_S, first_ns + MAIN * 60 * NS_PER_S)
            later |= (recording.start_ns >= start_ns) & (recording.end_ns <= interval.end_s * NS_PER_S)
    if not own.any() or not (good & later).any():
        return np.full((len(WEIGHTS), len(scaling.mean)), np.nan)
    values = compressed(recording.tensors[scaling.tensor].T, scaling).T
    apart = (values - np.array(scaling.mean)) / np.array(scaling.scale)
    mean, truth = apart[own].mean(axis=0), apart[good & later].mean(axis=0)
    return np.array([(weight * mean - truth) ** 2 for weight in WEIGHTS])


def _judged(
    recordings: Sequence[PreparedRecording], spec: NormalisationSpec, minutes: float, quality: float
) -> list[Candidate]:
    wanted = msgspec.structs.replace(spec, reference_s=60.0 * minutes)
    return [c for r in recordings for c in candidates(r, wanted, quality)]


def _person(candidate: Candidate) -> dict[str, object]:
    found = [f"{f.reason}: {f.measure} {f.value:.3g} (limit {f.limit:g})" for f in candidate.verdict.findings]
    return {"accepted": any_role(candidate.verdict), "findings": found}


def _measure(recipe: Recipe, place: Place) -> dict[str, object]:
    quality = recipe.decision.minimum_quality
    people = prepare_all(open_dataset("stress_predict", place.data), recipe, place)
    training = [r for r in people if r.person not in recipe.held_out]
    spec = fit_normalisation(training, recipe.reference, quality)
    by_length = {m: _judged(training, spec, m, quality) for m in MINUTES}
    rests = np.array([c.figures for c in by_length[MAIN] if c.is_rest and c.usable])
    wesad = prepare_all(open_dataset("wesad_wrist", place.data), recipe, place)
    wesad_found = _judged(wesad, spec, MAIN, quality)
    heldout = _judged([r for r in people if r.person in recipe.held_out], spec, MAIN, quality)
    return {
        "limits": {name: getattr(REST_LIMITS, name) for name in MEASURES},
        "training_rest_quantiles": {
            str(q): dict(zip(MEASURES, limits_at(rests, q).tolist(), strict=True)) for q in QUANTILES
        },
        "stress_predict_training": {f"{m:g}_min": figures_of(found) for m, found in by_length.items()},
        "stress_predict_left_out": {f"{m:g}_min": chosen_on_others(found) for m, found in by_length.items()},
        "shrinkage": shrinkage(training, spec, quality),
        "stress_predict_held_out": figures_of(heldout),
        "wesad_wrist": figures_of(wesad_found),
        "wesad_wrist_baselines": {c.person: _person(c) for c in wesad_found if c.is_rest},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    places.add_arguments(parser)
    common.add_arguments(parser)
    args = parser.parse_args()
    place = places.place_of(args)
    common.finish("rest", _measure(load_recipe("stress"), place), args)


if __name__ == "__main__":
    main()
