"""Each trouble does to the signals what it says, and the panel counts what is still said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.signals.chain import Chain
from edge_emotion.types import NS_PER_S, Beat, Modality, Role, RrKind
from edge_emotion_train.datasets import Recording, open_dataset
from edge_emotion_train.evaluation import perturbing
from edge_emotion_train.evaluation.perturbing import Trouble
from edge_emotion_train.evaluation.robustness import SILENT, Said, condition, judge_robustness, troubles
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.preparation.recordings import packets, prepare
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.runs.producing import Plan, produce_run

TROUBLE = Trouble(group="g", name="n")


@pytest.fixture(scope="module")
def recording(data: Path) -> Recording:
    return open_dataset("stress_predict", data).load("S01")


def random() -> np.random.Generator:
    return np.random.default_rng(0)


def signal(recording: Recording, modality: Modality) -> np.ndarray:
    return next(s.values for s in recording.signals if s.modality is modality)


@pytest.mark.parametrize("snr_db", [20.0, 0.0])
def test_noise_has_the_power_that_it_says(recording: Recording, snr_db: float) -> None:
    spoiled = perturbing.noise(snr_db)(recording, random())
    clean = signal(recording, Modality.BVP).astype(np.float64)
    added = signal(spoiled, Modality.BVP) - clean
    power = 10 * np.log10(clean.var() / added.var())
    assert power == pytest.approx(snr_db, abs=0.5)


def test_lost_beats_are_lost_to_the_chain(recording: Recording, recipe: Recipe) -> None:
    spec = recipe.signals.design()

    def undisturbed(spoiled: Recording) -> int:
        chain = Chain(spec, tuple(s.modality for s in spoiled.signals))
        events = (e for item in packets(spoiled) for e in chain.push(item))
        return sum(isinstance(e, Beat) and e.kind is RrKind.NORMAL for e in events)

    assert undisturbed(perturbing.beats_lost(0.2, spec)(recording, random())) < 0.85 * undisturbed(recording)


def test_dropouts_silence_what_they_say(recording: Recording) -> None:
    items = list(packets(recording))
    left = perturbing.dropouts(10.0)(items, random())
    for modality in (Modality.BVP, Modality.EDA):
        whole, kept = (sum(len(i.values) for i in some if i.modality is modality) for some in (items, left))
        assert kept / whole == pytest.approx(5 / 6, abs=0.02)
    clean = {(i.modality, i.time_ns) for i in items}
    assert all((i.modality, i.time_ns) in clean or len(i.values) <= (i.rate_hz or 0) for i in left)


def test_lost_packets(recording: Recording) -> None:
    items = list(packets(recording))
    assert len(perturbing.packets_lost(0.2)(items, random())) / len(items) == pytest.approx(0.8, abs=0.05)


def test_a_missing_heart_takes_its_movement_along(recording: Recording) -> None:
    moved = replace(
        recording, signals=(*recording.signals, replace(recording.signals[0], modality=Modality.ACC))
    )
    left = perturbing.without(Role.CARDIAC)(moved, random())
    assert [s.modality for s in left.signals] == [Modality.EDA]


def test_a_fast_clock_keeps_true_time_and_claims_the_nominal_rate(recording: Recording) -> None:
    trouble = Trouble(
        group="", name="", recording=perturbing.drift(0.01), packets=perturbing.says_nominal(0.01)
    )
    items = [i for i in trouble.spoil(recording, random()) if i.modality is Modality.BVP]
    assert {i.rate_hz for i in items} == {64.0}
    length_s = (items[-1].time_ns - items[0].time_ns) / NS_PER_S
    assert sum(len(i.values) for i in items[:-1]) / length_s == pytest.approx(64.64, rel=1e-3)


def test_other_rates_keep_the_course(recording: Recording, recipe: Recipe) -> None:
    spec = recipe.signals.design()
    own, other = (prepare(r, spec) for r in (recording, perturbing.other_rates()(recording, random())))
    rates = [r.tensors["cardiac"][20:, 0].mean(axis=1) for r in (own, other)]
    np.testing.assert_allclose(rates[0], rates[1], rtol=0.05)


def test_electrode_troubles_touch_the_skin_alone(recording: Recording) -> None:
    for change in (perturbing.eda_steps(), perturbing.eda_contact_lost()):
        spoiled = change(recording, random())
        np.testing.assert_array_equal(signal(spoiled, Modality.BVP), signal(recording, Modality.BVP))
        assert not np.array_equal(signal(spoiled, Modality.EDA), signal(recording, Modality.EDA))
    assert (signal(spoiled, Modality.EDA) == 0).mean() == pytest.approx(1 / 6, abs=0.01)


def test_what_was_not_said_counts_as_abstained() -> None:
    ends = np.arange(4, dtype=np.int64)
    clean = Said(end_ns=ends, truth=np.array([0, 0, 1, 1]), said=np.array([0, 0, 1, 1]))
    found = Said(end_ns=ends[1:], truth=clean.truth[1:], said=np.array([0, SILENT, 0]))
    row = condition(TROUBLE, [found], [clean], 2)
    assert (row.windows, row.abstained) == (4, 0.5)
    assert row.macro_f1 == pytest.approx(1 / 3)
    silent = condition(TROUBLE, [replace(found, said=np.full(3, SILENT))], [clean], 2)
    assert (silent.abstained, silent.macro_f1, silent.people_macro_f1) == (1.0, None, (None,))


def test_the_panel_of_a_real_run(
    recipe: Recipe, recipe_file: Path, data: Path, cache: Path, tmp_path: Path
) -> None:
    produce_run(recipe, Place(data=data, cache=cache, jobs=1), tmp_path / "run", Plan())
    panel = judge_robustness(tmp_path / "run", data, str(recipe_file), 3, 1)
    assert panel.people == ("stress_predict/S04",)
    by_name = {c.name: c for c in panel.conditions}
    assert len(by_name) == len(panel.conditions) == len(troubles(recipe.signals.design()))
    clean = by_name["clean"]
    assert clean.macro_f1 is not None
    assert clean.macro_f1 > 0.7
    assert clean.abstained < 0.3
    assert {c.windows for c in panel.conditions} == {clean.windows}
    assert by_name["10 s"].abstained >= clean.abstained
    assert by_name["1 % fast"].macro_f1 == pytest.approx(clean.macro_f1, abs=0.15)
