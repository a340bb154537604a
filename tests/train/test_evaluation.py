"""Splits, metrics, intervals and temperature."""

from __future__ import annotations

import numpy as np
import pytest

from edge_emotion.errors import UsageError
from edge_emotion.runtime.decision import softmax
from edge_emotion_train.evaluation.metrics import (
    accuracy,
    balanced_accuracy,
    calibration_by_person,
    expected_calibration_error,
    macro_f1,
    score,
)
from edge_emotion_train.evaluation.splits import Fold, inner_folds, leave_one_person_out
from edge_emotion_train.learning.objective import balance
from edge_emotion_train.learning.temperature import fit_temperature
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.producing import stratified


def recording(person: str, name: str = "") -> PreparedRecording:
    empty = np.zeros(0, np.int64)
    return PreparedRecording(
        name=name or person,
        person=person,
        intervals=(),
        tensors={},
        start_ns=empty,
        end_ns=empty,
        quality=np.zeros((0, 2)),
        complete=np.zeros(0, np.bool_),
    )


def windows(people: list[str], labels: list[int]) -> WindowSet:
    return WindowSet(
        inputs={"present": np.ones((len(labels), 2), np.float32)},
        labels=np.array(labels, np.int64),
        people=np.array(people),
    )


def test_nobody_is_on_both_sides() -> None:
    pool = [recording("a"), recording("b", "b1"), recording("b", "b2"), recording("c")]
    folds = list(leave_one_person_out(pool, pool))
    assert [[r.name for r in f.test] for f in folds] == [["a"], ["b1", "b2"], ["c"]]
    for fold in folds:
        assert not {r.person for r in fold.training} & {r.person for r in fold.test}


def test_a_fold_with_a_leak_cannot_be_made() -> None:
    with pytest.raises(UsageError, match="b would be trained on and judged"):
        Fold(training=(recording("a"), recording("b", "b1")), test=(recording("b", "b2"),))


def test_inner_folds_deal_everyone_with_every_class_once() -> None:
    several = windows(["a", "a", "b", "b", "c", "c"], [0, 1, 0, 0, 0, 1])
    assert sorted(inner_folds(several, 5, 0)) == [("a",), ("c",)]
    assert inner_folds(several, 1, 0) == [("a", "c")]


def test_inner_folds_leave_someone_to_learn_from() -> None:
    two = windows(["a", "a", "b", "b"], [0, 1, 0, 1])
    assert len(inner_folds(two, 1, 0)[0]) == 1
    with pytest.raises(UsageError, match="two or more"):
        inner_folds(windows(["a", "a"], [0, 1]), 1, 0)
    with pytest.raises(UsageError, match="every class"):
        inner_folds(windows(["a", "b"], [0, 1]), 2, 0)


def test_figures_of_a_known_confusion() -> None:
    confusion = np.array([[6.0, 2.0], [1.0, 1.0]])
    assert accuracy(confusion) == pytest.approx(0.7)
    assert balanced_accuracy(confusion) == pytest.approx((0.75 + 0.5) / 2)
    assert macro_f1(confusion) == pytest.approx((12 / 15 + 2 / 5) / 2)


def test_calibration_error_of_a_known_case() -> None:
    labels = np.array([0, 0, 0, 1])
    probabilities = np.tile([0.9, 0.1], (4, 1))
    sums = calibration_by_person(labels, probabilities, np.array(["a", "a", "b", "b"]))
    assert expected_calibration_error(sums.sum(axis=0)) == pytest.approx(0.15)


def test_the_interval_is_over_people_not_windows() -> None:
    # Ten people, each all right or all wrong: a thousand windows say no more than ten.
    people = np.repeat([f"p{i}" for i in range(10)], 100)
    labels = np.tile([0, 1], 500)
    right = np.repeat([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], 100)
    predicted = np.where(right == 1, labels, 1 - labels)
    metric = {m.name: m for m in score(labels, np.eye(2)[predicted], people)}["accuracy"]
    assert metric.value == pytest.approx(0.7)
    assert metric.low == pytest.approx(0.4, abs=0.1)
    assert metric.high == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(true_temperature: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 3, (20_000, 2)).astype(np.float32)
    labels = (random.random(20_000) < softmax(logits, true_temperature)[:, 1]).astype(np.int64)
    found = fit_temperature(logits, labels, np.ones(20_000, np.float32))
    assert found == pytest.approx(true_temperature, rel=0.05)


def test_classes_weigh_the_same_and_people_within_them() -> None:
    uneven = windows(["a"] * 6 + ["b"] * 2, [0, 0, 0, 0, 0, 1, 0, 1])
    weights = balance(uneven)
    assert weights[uneven.labels == 0].sum() == pytest.approx(weights[uneven.labels == 1].sum())
    rest = uneven.labels == 0
    assert weights[rest & (uneven.people == "a")].sum() == pytest.approx(
        weights[rest & (uneven.people == "b")].sum()
    )


def test_calibration_windows_are_spread_over_people_and_classes() -> None:
    many = windows(["a"] * 50 + ["b"] * 50 + ["c"] * 4, ([0, 1] * 25) * 2 + [0, 1, 0, 1])
    taken = stratified(many, 18, seed=0)
    groups, counts = np.unique(
        [f"{p}{c}" for p, c in zip(taken.people, taken.labels, strict=True)], return_counts=True
    )
    assert len(taken) == 18
    assert dict(zip(groups.tolist(), counts.tolist(), strict=True)).keys() == {
        "a0",
        "a1",
        "b0",
        "b1",
        "c0",
        "c1",
    }
    assert counts.max() <= 4
