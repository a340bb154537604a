"""Figures against scikit-learn, intervals, and comparisons between systems."""

from __future__ import annotations

import numpy as np
import pytest
from made_boards import board
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score

from edge_emotion_train.evaluation.abstaining import risk_coverage
from edge_emotion_train.evaluation.comparing import compare, holm, people_macro_f1, signed_rank
from edge_emotion_train.evaluation.metrics import score
from edge_emotion_train.evaluation.ranking import macro_auroc
from edge_emotion_train.evaluation.reliability import reliability
from edge_emotion_train.evaluation.rows import row_of


@pytest.mark.parametrize("classes", [2, 3])
def test_figures_are_those_of_scikit_learn(classes: int) -> None:
    made = board(classes=classes)
    shares = made.systems[0].probabilities
    figures = {m.name: m.value for m in score(made.truth, shares, made.people)}
    areas = [roc_auc_score(made.truth == c, shares[:, c]) for c in range(classes)]
    said = shares.argmax(axis=1)
    assert figures["auroc"] == pytest.approx(np.mean(areas))
    assert figures["macro_f1"] == pytest.approx(f1_score(made.truth, said, average="macro"))
    assert figures["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(made.truth, said))
    assert figures["brier"] == pytest.approx(((shares - np.eye(classes)[made.truth]) ** 2).sum(axis=1).mean())


def test_a_drawn_auroc_is_that_of_the_drawn_people() -> None:
    made = board(people=3)
    shares = np.round(made.systems[0].probabilities, 1)  # ties count a half
    drawn = np.concatenate([np.flatnonzero(made.people == made.people[0])] * 2 + [np.arange(80, 120)])
    found = macro_auroc(made.truth, shares, made.people, np.array([[2.0, 0.0, 1.0]]))
    areas = [roc_auc_score(made.truth[drawn] == c, shares[drawn, c]) for c in range(2)]
    assert found[0] == pytest.approx(np.mean(areas))


def test_one_class_has_no_auroc() -> None:
    made = board()
    rest = made.truth == 0
    figures = score(made.truth[rest], made.systems[0].probabilities[rest], made.people[rest])
    assert "auroc" not in {m.name for m in figures}


def test_the_spread_over_people_is_kept() -> None:
    made = board()
    metric = {m.name: m for m in row_of(made, "acmc").metrics}["macro_f1"]
    each = people_macro_f1(made, "acmc")
    assert metric.people_mean == pytest.approx(each.mean())
    assert metric.people_sd == pytest.approx(each.std(ddof=1))


def test_a_row_keeps_its_confusion() -> None:
    made = board()
    row = row_of(made, "majority")
    assert np.sum(row.confusion) == len(made)
    assert sorted(np.sum(row.confusion, axis=0))[0] == 0  # majority never names the other class


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("gaps", "p"), [([0.0, 0.0], 1.0), ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 2 / 2**6), ([0.1, -0.1, 0.0], 1.0)]
)
def test_signed_rank_of_few_people(gaps: list[float], p: float) -> None:
    assert signed_rank(np.array(gaps)) == pytest.approx(p)


def test_a_better_system_is_found_and_an_equal_one_is_not() -> None:
    rows = {c.baseline: c for c in compare(board(skill=2.5), "acmc")}
    assert rows["majority"].above_zero
    assert rows["majority"].p_holm < 0.05
    assert rows["majority"].p_holm >= rows["majority"].p
    again = board(skill=2.5)
    twin = {c.baseline: c for c in compare(again, "acmc")}
    assert twin == rows  # the same people are drawn for both


def test_two_equal_systems_differ_by_nothing() -> None:
    made = board()
    same = made.__class__(
        **{n: getattr(made, n) for n in made.__slots__ if n != "systems"},
        systems=(
            made.systems[0],
            made.systems[1].__class__(name="twin", probabilities=made.systems[0].probabilities),
        ),
    )
    (only,) = compare(same, "acmc")
    assert (only.difference.value, only.difference.low, only.difference.high, only.p) == (0, 0, 0, 1)
    assert not only.above_zero


def test_temperature_mends_what_is_too_sure() -> None:
    made = board(people=20, skill=1.0)
    truth, people = made.truth, made.people
    sure = np.clip(made.systems[0].probabilities ** 6, 1e-6, None)
    sure /= sure.sum(axis=1, keepdims=True)
    before = reliability("before", truth, sure, people)
    after = reliability("after", truth, made.systems[0].probabilities, people)
    assert before.ece.value > after.ece.value
    assert sum(b.windows for b in before.bins) == len(truth)
    assert all(b.low <= b.accuracy <= b.high for b in before.bins)


def test_risk_falls_when_the_unsure_is_left_out() -> None:
    made = board(people=20)
    curve = risk_coverage(made.truth, made.systems[0].probabilities, made.people, 0.8)
    error = float((made.systems[0].said != made.truth).mean())
    assert curve.risk[-1] == pytest.approx(error)
    assert curve.risk[9] < error
    assert curve.aurc_low <= curve.aurc <= curve.aurc_high < error
    assert curve.threshold_risk < error
    assert 0 < curve.threshold_coverage < 1


def test_a_coin_gains_nothing_by_abstaining() -> None:
    made = board(people=30, windows=100, skill=0.0)
    curve = risk_coverage(made.truth, made.systems[0].probabilities, made.people, 0.5)
    assert curve.aurc_low <= curve.risk[-1] <= curve.aurc_high
    assert curve.threshold_coverage == 1.0
