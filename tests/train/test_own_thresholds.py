"""A threshold of the wearer's own in training and judging: the same as on the device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from edge_emotion.types import NS_PER_S, Report
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.own_thresholds import with_own_thresholds
from edge_emotion_train.evaluation.robustness import reports_of, troubles
from edge_emotion_train.evaluation.unseen import judge, open_finished
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.runs.producing import Plan, produce_run
from edge_emotion_train.runs.record import load_run

HELD_OUT = "S04"


def test_judged_as_the_device_says_it(data: Path, cache: Path, recipe: Recipe, tmp_path: Path) -> None:
    decision = msgspec.structs.replace(recipe.decision, own_threshold=0.5)
    asking = msgspec.structs.replace(recipe, decision=decision)
    place = Place(data=data, cache=cache, jobs=1)
    record = produce_run(asking, place, tmp_path / "run", Plan())
    assert len(record.decision.rest_logits) == len(recipe.labels)

    # Of people who are so easily told apart the fitted temperature makes nothing but zeros and ones.
    decision = msgspec.structs.replace(record.decision, temperature=5.0)
    finished = replace(open_finished(tmp_path / "run"), decision=decision)
    judged = judge(finished, recipe.datasets[0], place).predictions
    run = load_run(tmp_path / "run")
    run = replace(run, record=msgspec.structs.replace(record, decision=decision))
    recording = open_dataset("stress_predict", data).load(HELD_OUT)
    clean = troubles(record.signals)[0].spoil(recording, np.random.default_rng(0))
    live = {round(r.end_ns / NS_PER_S): r for r in reports_of(run, clean) if r.probabilities}
    same = [live[round(minute * 60)] for minute in judged.minutes]
    np.testing.assert_allclose(judged.systems[0].probabilities, _probabilities(same), atol=1e-5)

    alone = msgspec.structs.replace(decision, own_threshold=0.0)
    plain = reports_of(replace(run, record=msgspec.structs.replace(record, decision=alone)), clean)
    moved = _probabilities([r for r in plain if r.probabilities]) - _probabilities(list(live.values()))
    assert np.abs(moved).max() > 1e-3


def test_who_never_rested_keeps_everybody_s_threshold() -> None:
    said = np.zeros((3, 2), np.float32)
    people = np.array(["a", "b", "a"])
    found = with_own_thresholds(said, people, {"a": (0.0, 2.0)}, (0.0, 1.0), 0.5)
    np.testing.assert_allclose(found[:, 1] - found[:, 0], [-0.5, 0.0, -0.5])
    assert not said.any()


def _probabilities(reports: list[Report]) -> np.ndarray:
    return np.array([list(r.probabilities.values()) for r in reports])
