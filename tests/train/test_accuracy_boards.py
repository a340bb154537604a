"""The boards: who is divided how, and that what is judged is what the device would say."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from edge_emotion.bundle.manifest import DecisionSpec
from edge_emotion.errors import InputError, UsageError
from edge_emotion.runtime.decision import Decider
from edge_emotion.types import Role
from edge_emotion_train.datasets import Interval, open_dataset
from edge_emotion_train.evaluation.ablations import reduced
from edge_emotion_train.evaluation.accuracy.catalogue import BOARDS, Board, Source, board_named, own_board
from edge_emotion_train.evaluation.accuracy.choosing import ByDataset, NestedChoice
from edge_emotion_train.evaluation.accuracy.dividing import folds_of
from edge_emotion_train.evaluation.accuracy.expanding import expanded
from edge_emotion_train.evaluation.accuracy.judging import JUDGED_FROM_S, Trial, judge_board
from edge_emotion_train.evaluation.accuracy.lineup import Lineup, blended, lineup
from edge_emotion_train.evaluation.accuracy.networks import FusionNetwork, prepared_elsewhere
from edge_emotion_train.evaluation.accuracy.summary import summarise
from edge_emotion_train.evaluation.accuracy.timeline import labelled_part, smoothed, timeline
from edge_emotion_train.evaluation.rivals import Classical
from edge_emotion_train.evaluation.systems import said_by
from edge_emotion_train.models import MeMhacl, build_model
from edge_emotion_train.preparation.normalising import LabelledWindows, fit_normalisation
from edge_emotion_train.preparation.pool import Place, prepare_all
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.pretraining.settings import PretrainingSettings
from edge_emotion_train.pretraining.store import PretrainingRecord, save_encoders
from edge_emotion_train.recipe import Recipe, load_recipe

STRESS = {"rest": "rest", "stroop": "stress", "interview": "stress", "hyperventilation": "stress"}


def recording(person: str, *states: str) -> PreparedRecording:
    empty = np.zeros(0, np.int64)
    return PreparedRecording(
        name=person,
        person=person,
        intervals=tuple(
            Interval(start_s=10.0 * i, end_s=10.0 * i + 10, name=n) for i, n in enumerate(states)
        ),
        tensors={},
        start_ns=empty,
        end_ns=empty,
        quality=np.zeros((0, 2)),
        complete=np.zeros(0, np.bool_),
    )


def windows(people: list[str], minutes: list[float]) -> LabelledWindows:
    inputs = {
        "cardiac": np.ones((len(people), 2, 3), np.float32),
        "eda": np.ones((len(people), 2, 3), np.float32),
        "present": np.ones((len(people), 2), np.float32),
    }
    labels = np.zeros(len(people), np.int64)
    own = WindowSet(inputs=inputs, labels=labels, people=np.array(people))
    return LabelledWindows(windows=own, minutes=np.array(minutes), rests=own.take(np.arange(0)))


def test_crossed_trains_on_one_order_and_judges_the_other() -> None:
    first = [recording(p, "baseline", "amusement", "stress") for p in "ab"]
    second = [recording(p, "baseline", "stress", "amusement") for p in "cd"]
    folds = folds_of(BOARDS["wesad2-crossed"], first + second, first + second)
    divided = [({r.person for r in f.training}, {r.person for r in f.test}) for f in folds]
    assert divided == [({"c", "d"}, {"a", "b"}), ({"a", "b"}, {"c", "d"})]


def test_a_crossed_board_needs_both_orders() -> None:
    first = [recording(p, "amusement", "stress") for p in "ab"]
    with pytest.raises(InputError, match="both protocol orders"):
        folds_of(BOARDS["wesad3-crossed"], first, first)


@pytest.mark.parametrize("parts", [2, 3, 9])
def test_everybody_is_judged_once_and_never_by_a_model_that_knows_them(parts: int) -> None:
    people = [recording(p) for p in "abcde"]
    source = Source(dataset="x", classes={})
    board = Board(name="x", labels=("r", "s"), learned=(source,), judged=source, split="people", parts=parts)
    folds = folds_of(board, people, people)
    assert sorted(r.person for f in folds for r in f.test) == list("abcde")
    for fold in folds:
        assert not {r.person for r in fold.training} & {r.person for r in fold.test}


def test_unseen_boards_learn_nothing_from_the_judged_set() -> None:
    for board in BOARDS.values():
        if board.split == "unseen":
            assert board.judged.dataset not in {source.dataset for source in board.learned}


def test_meditation_is_judged_but_never_learned_on_the_calm_board() -> None:
    board = board_named("wesad3-crossed-calm")
    assert board.judged.classes["meditation"] == "baseline"
    assert all("meditation" not in source.classes for source in board.learned)


def test_an_unknown_board_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="wesad2-crossed"):
        board_named("wesad")
    with pytest.raises(UsageError, match="two or more"):
        own_board("recordings:x", ("rest",), 4)


def test_smoothing_is_the_deciders() -> None:
    said = np.random.default_rng(0).dirichlet([1, 1], 7)
    spec = DecisionSpec(
        temperature=1.0,
        smoothing_windows=3,
        minimum_probability=0.5,
        minimum_quality=0.1,
        unfamiliar_share=0.5,
    )
    decider = Decider(spec, ("rest", "stress"))
    device = [decider.push(np.log(p).astype(np.float32)).probabilities for p in said[:4]]
    decider.reset()  # what follows comes after a break, then from somebody else
    device += [decider.push(np.log(p).astype(np.float32)).probabilities for p in said[4:6]]
    decider.reset()
    device += [decider.push(np.log(said[6]).astype(np.float32)).probabilities]
    line = windows(["a"] * 6 + ["b"], [5, 5 + 5 / 60, 5 + 10 / 60, 5.25, 7, 7 + 5 / 60, 7 + 10 / 60])
    np.testing.assert_allclose(smoothed(said, line, 3, 5.0), device, rtol=1e-5)


def test_what_is_smoothed_over_is_not_left_out(data: Path, cache: Path, recipe: Recipe) -> None:
    made = prepare_all(open_dataset("stress_predict", data), recipe, Place(data=data, cache=cache, jobs=1))
    spec = fit_normalisation(made, recipe.reference, 0.1)
    task = {"interview": "stress"}
    whole, needed = (
        timeline(made[0], spec, 0.1, task, ("rest", "stress"), from_s=60.0, smoothing_windows=count)
        for count in (1000, 3)
    )
    assert whole is not None
    assert needed is not None
    assert len(needed) < len(whole)
    said = [np.eye(2)[(line.minutes * 12).astype(int) % 2] for line in (whole, needed)]
    smooth = [
        smoothed(p, line, 3, 5.0)[labelled_part(line)] for p, line in zip(said, (whole, needed), strict=True)
    ]
    np.testing.assert_allclose(smooth[1], smooth[0])


def test_a_single_modality_is_blind_to_the_other() -> None:
    left = reduced(windows(["a", "b"], [5, 6]).windows, Role.EDA)
    assert not left.inputs["cardiac"].any()
    assert left.inputs["eda"].all()
    assert left.inputs["present"].tolist() == [[0, 1], [0, 1]]


def test_a_blend_may_name_a_blend() -> None:
    said = {"a": np.array([[0.0, 1.0]]), "b": np.array([[1.0, 0.0]])}
    found = blended(said, {"ab": ("a", "b"), "aab": ("a", "ab")})
    assert found["aab"].tolist() == [[0.25, 0.75]]


class Always:
    """Says one class of everybody."""

    def __init__(self, name: str, label: int) -> None:
        self.name, self.label = name, label

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> np.ndarray:
        share = training.windows.labels.mean()  # so that a data set apart can be told from both
        said = np.zeros((len(test), classes))
        said[:, self.label], said[:, 1 - self.label] = 0.5 + share / 2, 0.5 - share / 2
        return said


def test_the_choice_is_made_on_the_training_side() -> None:
    training = windows(["a"] * 4 + ["b"] * 4 + ["c"] * 4, list(range(12)))
    training.windows.labels[:] = [0, 0, 0, 1] * 3
    choice = NestedChoice(candidates=(Always("stress", 1), Always("rest", 0)), blends={})
    assert choice.choose(training, 2, 0) == ("rest",)


def test_each_data_set_counts_the_same() -> None:
    training = windows(["small/a", *["large/b"] * 9], list(range(10)))
    training.windows.labels[0] = 1
    said = ByDataset(Always("x", 1)).probabilities(training, windows(["new/c"], [6]), 2, 0)
    assert said[0, 1] == pytest.approx((1.0 + 0.5) / 2)


class Twice(Always):
    """Has a second row to show."""

    def rows(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> dict[str, np.ndarray]:
        said = self.probabilities(training, test, classes, seed)
        return {self.name: said, f"{self.name}_other": 1 - said}


def test_a_second_row_is_averaged_over_data_sets_too() -> None:
    training = windows(["small/a", "large/b"], [0, 1])
    training.windows.labels[0] = 1
    said = said_by(ByDataset(Twice("x", 1)), training, windows(["new/c"], [6]), 2, 0)
    assert said["x"][0, 1] == pytest.approx(0.75)
    assert said["x_other"][0, 1] == pytest.approx(0.25)


def encoders_that_saw(person: str, folder: Path) -> FusionNetwork:
    network = prepared_elsewhere(load_recipe("boards"), 2, 1, folder)
    model = build_model(network.config)
    assert isinstance(model, MeMhacl)
    save_encoders(
        folder,
        model,
        PretrainingRecord(
            schema_version=1,
            recipe="me_mhacl_lite",
            model=model.config,
            settings=PretrainingSettings(),
            seed=0,
            git="",
            datasets=("made",),
            people=(person,),
            transductive=False,
            windows=1,
            first_loss=1.0,
            last_loss=0.5,
        ),
    )
    return network


def test_encoders_that_saw_the_judged_people_are_refused(tmp_path: Path) -> None:
    network = encoders_that_saw("made/a", tmp_path)
    with pytest.raises(UsageError, match="made/a"):
        network.probabilities(windows(["made/b"], [5]), windows(["made/a"], [6]), 2, 0)


def test_they_are_refused_before_anybody_learns(
    tmp_path: Path, data: Path, cache: Path, recipe: Recipe
) -> None:
    class Never:
        name = "never"

        def probabilities(self, *_: object) -> NoReturn:
            raise AssertionError("learned although the board cannot be judged")

    network = encoders_that_saw("stress_predict/S01", tmp_path)
    line = Lineup(systems=(Never(), network), blends={})
    trial = Trial(board=made_board(), recipe=recipe, lineup=line, seed=0, calibration_s=40.0)
    with pytest.raises(UsageError, match="stress_predict/S01"):
        judge_board(trial, Place(data=data, cache=cache, jobs=1))


def test_an_expanding_row_sees_no_later_window() -> None:
    line = windows(["a"] * 6, [5.0, 5.5, 6.0, 6.5, 7.0, 7.5])
    values = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    line.windows.inputs.update(cardiac_features=values, eda_features=values)  # type: ignore[attr-defined]
    before = expanded(line)[:4]
    values[4:] += 3.0
    np.testing.assert_allclose(expanded(line)[:4], before)


def test_every_blend_of_the_line_up_has_its_members() -> None:
    line = lineup(load_recipe("boards"), 3, seeds=1, ablations=True)
    one = {system.name: np.full((1, 3), 1 / 3) for system in line.systems}
    assert {"fusion", "acmc_attention_off", "me_mhacl_pretraining_off", "clock"} <= blended(
        one, line.blends
    ).keys()


def made_board() -> Board:
    source = Source(dataset="stress_predict", classes=STRESS)
    return Board(
        name="made", labels=("rest", "stress"), learned=(source,), judged=source, split="people", parts=2
    )


def test_a_board_of_made_up_people_tells_rest_from_stress(data: Path, cache: Path, recipe: Recipe) -> None:
    line = Lineup(
        systems=(Classical(name="lr", kind="lr"), Classical(name="et", kind="et")),
        blends={"chosen": ("lr", "et")},
    )
    trial = Trial(
        board=made_board(), recipe=recipe, lineup=line, seed=0, calibration_s=40.0, judged_from_s=60.0
    )
    found = judge_board(trial, Place(data=data, cache=cache, jobs=1))
    assert found.minutes.min() * 60 >= 60.0 + recipe.signals.window_s
    row = summarise(found, None, 2)
    assert row["subjects"] == 4
    assert row["strongest_classical"] in ("lr", "et", "chosen")
    assert float(str(row["macro_f1"])) > 0.8
    assert JUDGED_FROM_S == 300.0
