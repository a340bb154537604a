"""Rules of a recipe: by an interval's name, by a rating, by both; and what they make of windows."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from edge_emotion_train.datasets import Interval, Rating
from edge_emotion_train.preparation.labelling import UNLABELLED, label_windows
from edge_emotion_train.recipe import DatasetSettings, LabelRule


def clip(start_s: float, end_s: float, arousal: float | None, name: str = "clip") -> Interval:
    rated = () if arousal is None else (Rating(scale="arousal", value=arousal, minimum=1, maximum=9),)
    return Interval(start_s=start_s, end_s=end_s, name=name, ratings=rated)


def settings(rules: str) -> DatasetSettings:
    return msgspec.toml.decode(f'name = "own"\nuse = "train"\nrules = [{rules}]', type=DatasetSettings)


HIGH_LOW = (
    '{ scale = "arousal", at_least = 5, label = "high" }, { scale = "arousal", below = 5, label = "low" }'
)


@pytest.mark.parametrize(
    ("value", "label"),
    [(9, "high"), (5, "high"), (4.99, "low"), (1, "low"), (None, None), (float("nan"), None)],
)
def test_a_rating_is_high_from_its_threshold_on(value: float | None, label: str | None) -> None:
    assert settings(HIGH_LOW).label_of(clip(0, 60, value)) == label


def test_a_middle_can_be_left_out_and_a_name_asked_for() -> None:
    own = settings(
        '{ interval = "clip", scale = "arousal", at_least = 6, label = "high" }, '
        '{ scale = "arousal", at_least = 1, below = 4, label = "low" }'
    )
    labels = [
        own.label_of(i) for i in (clip(0, 1, 7), clip(0, 1, 5), clip(0, 1, 2), clip(0, 1, 7, "baseline"))
    ]
    assert labels == ["high", None, "low", None]


def test_plain_rules_still_map_names() -> None:
    own = settings('{ interval = "rest", label = "calm" }, ' + HIGH_LOW)
    assert own.mapping() == {"rest": "calm"}
    assert own.label_of(clip(0, 1, 8, "rest")) == "calm"


@pytest.mark.parametrize(
    "rule",
    ['{ label = "x" }', '{ label = "x", scale = "arousal" }', '{ label = "x", interval = "a", below = 3 }'],
)
def test_half_a_rule_is_refused(rule: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="the rule for 'x' needs"):
        settings(rule)


def test_pieces_of_one_class_make_a_window_and_mixed_ones_do_not() -> None:
    pieces = [clip(at, at + 5.0, 8 if at < 60 else 2) for at in range(0, 120, 5)]
    start_s = np.array([0.0, 30.0, 60.0])
    own = settings(HIGH_LOW)
    labels = label_windows(start_s, start_s + 60, pieces, own.label_of, ("low", "high"))
    assert labels.tolist() == [1, UNLABELLED, 0]


def test_rules_are_written_without_what_they_do_not_say() -> None:
    assert msgspec.to_builtins(LabelRule(interval="a", label="b")) == {"interval": "a", "label": "b"}
