"""Each test plants a leak and shows that its guard refuses it, and that the honest way passes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from edge_emotion.bundle.manifest import BoardRow, Metric
from edge_emotion.errors import GateError, UsageError
from edge_emotion.types import NS_PER_S
from edge_emotion_train.datasets import Recording, open_dataset
from edge_emotion_train.evaluation.alarms import alarms
from edge_emotion_train.evaluation.boards import labelled
from edge_emotion_train.evaluation.guards import (
    Spans,
    Timed,
    require_apart,
    require_disjoint,
    require_fitted_on,
    require_future_blind,
    require_pure,
)
from edge_emotion_train.evaluation.splits import Fold
from edge_emotion_train.evaluation.systems import systems
from edge_emotion_train.learning.training import predict
from edge_emotion_train.models import build_model
from edge_emotion_train.preparation.labelling import label_windows
from edge_emotion_train.preparation.normalising import fit_normalisation, label_recording
from edge_emotion_train.preparation.recordings import PreparedRecording, prepare, prepare_dataset
from edge_emotion_train.recipe import Recipe

CUT_S = 150.0


@pytest.fixture(scope="module")
def recordings(recipe: Recipe, data: Path, cache: Path) -> list[PreparedRecording]:
    dataset = open_dataset("stress_predict", data)
    return prepare_dataset(dataset, dataset.names(), recipe.signals.design(), cache, 1)


@pytest.fixture(scope="module")
def raw(data: Path) -> Recording:
    return open_dataset("stress_predict", data).load("S01")


def mapping(recipe: Recipe) -> dict[str, str]:
    return recipe.dataset("stress_predict").mapping()


def spans(start_s: float, end_s: float, window_s: float = 60.0, hop_s: float = 5.0) -> Spans:
    ends_s = np.arange(start_s + window_s, end_s + 1e-9, hop_s)
    return Spans(people=np.full(len(ends_s), "a"), start_s=ends_s - window_s, end_s=ends_s)


def test_overlapping_windows_across_the_split() -> None:
    training, judged = spans(0, 300), spans(300, 600)
    require_apart(training, judged)
    with pytest.raises(UsageError, match="a: the judged window from 270 to 330 s overlaps"):
        require_apart(training, spans(270, 600))


def test_random_windows_of_one_person_on_both_sides() -> None:
    whole = spans(0, 600)
    dealt = np.random.default_rng(0).random(len(whole.end_s)) < 0.8

    def side(mask: np.ndarray) -> Spans:
        return Spans(people=whole.people[mask], start_s=whole.start_s[mask], end_s=whole.end_s[mask])

    with pytest.raises(UsageError, match="overlaps"):
        require_apart(side(dealt), side(~dealt))


def test_a_person_on_both_sides(recordings: list[PreparedRecording]) -> None:
    Fold(training=tuple(recordings[1:]), test=(recordings[0],))
    with pytest.raises(UsageError, match="S01 would be trained on and judged"):
        Fold(training=tuple(recordings), test=(recordings[0],))


def test_the_judged_person_in_pre_training() -> None:
    unlabelled, test = {"drivedb/drive05", "wesad_wrist/S2"}, {"wesad_wrist/S3"}
    require_disjoint(unlabelled, test, learned="pre-trained on")
    with pytest.raises(UsageError, match="wesad_wrist/S3 would be pre-trained on and judged"):
        require_disjoint(unlabelled | test, test, learned="pre-trained on")


def test_a_scaler_fitted_on_everybody(recipe: Recipe, recordings: list[PreparedRecording]) -> None:
    quality = recipe.decision.minimum_quality
    training = recordings[1:]
    require_fitted_on(
        fit_normalisation(training, recipe.reference, quality), training, recipe.reference, quality
    )
    with pytest.raises(GateError, match="inside of the fold"):
        require_fitted_on(
            fit_normalisation(recordings, recipe.reference, quality), training, recipe.reference, quality
        )


def test_the_longest_class_of_a_transition_is_no_label(
    recipe: Recipe, recordings: list[PreparedRecording]
) -> None:
    one, rules = recordings[0], mapping(recipe)
    times_s = (one.start_ns / NS_PER_S, one.end_ns / NS_PER_S)
    require_pure(one, label_windows(*times_s, one.intervals, rules, recipe.labels), rules, recipe.labels)
    stress_s = np.zeros(len(one))
    for interval in one.intervals:
        if rules[interval.name] == "stress":
            overlap_s = np.minimum(times_s[1], interval.end_s) - np.maximum(times_s[0], interval.start_s)
            stress_s += np.maximum(overlap_s, 0.0)
    longest = (stress_s > recipe.signals.window_s / 2).astype(np.int64)
    with pytest.raises(UsageError, match="less than 90%"):
        require_pure(one, longest, rules, recipe.labels)


class RealProcedure:
    """Chain, the runtime's normaliser and a network: what a board judges."""

    def __init__(self, recipe: Recipe, training: list[PreparedRecording]) -> None:
        torch.manual_seed(0)
        self.recipe = recipe
        self.spec = fit_normalisation(training, recipe.reference, recipe.decision.minimum_quality)
        self.model = build_model(recipe.model).eval()

    def prepared(self, recording: Recording) -> PreparedRecording:
        return prepare(recording, self.recipe.signals.design())

    def __call__(self, recording: Recording) -> Timed:
        prepared = self.prepared(recording)
        quality = self.recipe.decision.minimum_quality
        found = label_recording(prepared, self.spec, quality, mapping(self.recipe), self.recipe.labels)
        assert found is not None
        return Timed(
            end_ns=np.round(found.minutes * 60 * NS_PER_S).astype(np.int64),
            values=predict(self.model, found.windows),
        )


class WholeSessionZ(RealProcedure):
    """The planted leak: features z-scored over the whole session, as many papers do."""

    def __call__(self, recording: Recording) -> Timed:
        prepared = self.prepared(recording)
        features = prepared.tensors["cardiac_features"].astype(np.float64)
        scaled = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-9)
        return Timed(end_ns=prepared.end_ns, values=scaled)


def test_the_real_procedure_does_not_know_the_future(
    recipe: Recipe, recordings: list[PreparedRecording], raw: Recording
) -> None:
    require_future_blind(RealProcedure(recipe, recordings[1:]), raw, CUT_S)


def test_normalisation_over_the_whole_session(
    recipe: Recipe, recordings: list[PreparedRecording], raw: Recording
) -> None:
    with pytest.raises(GateError, match="something looks into the future"):
        require_future_blind(WholeSessionZ(recipe, recordings[1:]), raw, CUT_S)


def test_a_cut_before_the_first_window_checks_nothing(
    recipe: Recipe, recordings: list[PreparedRecording], raw: Recording
) -> None:
    with pytest.raises(UsageError, match="cut later"):
        require_future_blind(RealProcedure(recipe, recordings[1:]), raw, 10.0)


def row(board: str, system: str, value: float, classes: int) -> BoardRow:
    return BoardRow(
        board=board,
        system=system,
        protocol="leave-one-person-out",
        people=15,
        windows=900,
        majority=0.5,
        metrics=(Metric(name="macro_f1", value=value, low=value, high=value),),
        confusion=((300,) * classes,) * classes,
    )


def test_every_board_has_its_clock_row(recipe: Recipe) -> None:
    assert {"clock", "majority"} <= {s.name for s in systems(recipe)}
    assert "no clock-only row" in alarms([row("x", "acmc", 0.7, 2)])[0]
    assert alarms([row("x", "acmc", 0.7, 2), row("x", "clock", 0.8, 2)]) == ()


@pytest.mark.parametrize(("value", "classes", "count"), [(0.96, 3, 1), (0.96, 2, 0), (0.90, 3, 0)])
def test_too_good_to_be_true(value: float, classes: int, count: int) -> None:
    rows = [row("wesad3-crossed", "acmc", value, classes), row("wesad3-crossed", "clock", 0.4, classes)]
    assert len(alarms(rows)) == count


def test_a_row_of_the_clock_sees_nothing_but_minutes(
    recipe: Recipe, recordings: list[PreparedRecording]
) -> None:
    spec = fit_normalisation(recordings[1:], recipe.reference, recipe.decision.minimum_quality)
    clock = next(s for s in systems(recipe) if s.name == "clock")
    training, test = (labelled(side, recipe, spec, 1)[0] for side in (recordings[1:], recordings[:1]))
    blind = {name: np.zeros_like(values) for name, values in test.windows.inputs.items()}
    before = clock.probabilities(training, test, 2, 0)
    object.__setattr__(test.windows, "inputs", blind)
    np.testing.assert_array_equal(clock.probabilities(training, test, 2, 0), before)
