"""Preparation by the runtime's chain, and normalisation that knows the training people alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_emotion.errors import UsageError
from edge_emotion.runtime.normalise import Normaliser
from edge_emotion.runtime.views import compressed
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.boards import board_rows
from edge_emotion_train.evaluation.rivals import Classical
from edge_emotion_train.evaluation.systems import Majority
from edge_emotion_train.fanout import Processes, Serial
from edge_emotion_train.preparation.normalising import LabelledWindows, fit_normalisation, label_recording
from edge_emotion_train.preparation.pool import Place, check_shapes, require_shippable, training_pool
from edge_emotion_train.preparation.recordings import PreparedRecording, prepare_dataset
from edge_emotion_train.recipe import Recipe
from edge_emotion_train.runs.workshop import Workshop


@pytest.fixture(scope="session")
def recordings(recipe: Recipe, data: Path, cache: Path) -> list[PreparedRecording]:
    dataset = open_dataset("stress_predict", data)
    return prepare_dataset(dataset, dataset.names(), recipe.signals.design(), cache, jobs=1)


def labelled(
    recording: PreparedRecording, others: list[PreparedRecording], recipe: Recipe
) -> LabelledWindows:
    spec = fit_normalisation(others, recipe.reference, recipe.decision.minimum_quality)
    rules = recipe.dataset("stress_predict").mapping()
    result = label_recording(recording, spec, recipe.decision.minimum_quality, rules, recipe.labels)
    assert result is not None
    return result


def test_the_chain_saw_the_made_up_heart(recordings: list[PreparedRecording]) -> None:
    heart_rate_bpm = recordings[0].tensors["cardiac_features"][:, 0]
    middle_s = (recordings[0].start_ns + recordings[0].end_ns) / 2e9
    assert np.median(heart_rate_bpm[(middle_s > 100) & (middle_s < 115)]) == pytest.approx(97, abs=3)
    assert np.median(heart_rate_bpm[(middle_s > 30) & (middle_s < 60)]) == pytest.approx(64, abs=3)


def test_a_second_preparation_comes_from_the_cache(
    recordings: list[PreparedRecording], recipe: Recipe, data: Path, cache: Path
) -> None:
    files = {f: f.stat().st_mtime_ns for f in cache.iterdir()}
    dataset = open_dataset("stress_predict", data)
    again = prepare_dataset(dataset, dataset.names(), recipe.signals.design(), cache, jobs=1)
    assert {f: f.stat().st_mtime_ns for f in cache.iterdir()} == files
    np.testing.assert_array_equal(again[0].tensors["cardiac"], recordings[0].tensors["cardiac"])


def test_statistics_are_those_of_the_training_people_alone(
    recordings: list[PreparedRecording], recipe: Recipe
) -> None:
    spec = fit_normalisation(recordings[:3], recipe.reference, recipe.decision.minimum_quality)
    scaling = {s.tensor: s for s in spec.scaling}["eda_features"]
    good = [r.tensors["eda_features"][r.complete & (r.quality[:, 1] >= 0.1)] for r in recordings[:3]]
    expected = np.mean([compressed(g.T, scaling).mean(axis=1) for g in good], axis=0)
    np.testing.assert_allclose(scaling.mean, expected, rtol=1e-5, atol=1e-6)


def test_only_windows_after_the_reference_count(recordings: list[PreparedRecording], recipe: Recipe) -> None:
    result = labelled(recordings[3], recordings[:3], recipe)
    # 40 s of reference from the first complete window on, then a window of 20 s.
    assert result.minutes.min() * 60 >= 60.0
    assert set(result.windows.labels.tolist()) == {0, 1}


def test_inputs_are_what_the_runtime_would_feed(recordings: list[PreparedRecording], recipe: Recipe) -> None:
    result = labelled(recordings[3], recordings[:3], recipe)
    spec = fit_normalisation(recordings[:3], recipe.reference, recipe.decision.minimum_quality)
    normaliser = Normaliser(spec, recipe.decision.minimum_quality)
    online = {}
    for index in range(len(recordings[3])):
        window = recordings[3].window(index)
        online[window.end_ns / 60e9] = normaliser.push(window).inputs
    for row in (0, len(result) // 2, len(result) - 1):
        for name, values in result.windows.inputs.items():
            np.testing.assert_array_equal(values[row], online[result.minutes[row]][name])


def test_a_future_change_does_not_reach_back(recordings: list[PreparedRecording], recipe: Recipe) -> None:
    whole = labelled(recordings[3], recordings[:3], recipe)
    half = len(recordings[3]) // 2
    cut = PreparedRecording(
        name="x",
        person="x",
        intervals=recordings[3].intervals,
        tensors={n: v[:half] for n, v in recordings[3].tensors.items()},
        start_ns=recordings[3].start_ns[:half],
        end_ns=recordings[3].end_ns[:half],
        quality=recordings[3].quality[:half],
        complete=recordings[3].complete[:half],
    )
    part = labelled(cut, recordings[:3], recipe)
    np.testing.assert_array_equal(part.windows.inputs["eda"], whole.windows.inputs["eda"][: len(part)])


class Memory:
    """A system that recognises windows: it scores above chance only where something leaks."""

    name = "memory"

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        one, other = (np.reshape(t.windows.inputs["eda"], (len(t), -1)) for t in (training, test))
        nearest = ((other[:, None] - one[None]) ** 2).sum(axis=2).argmin(axis=1)
        return np.asarray(np.eye(classes)[training.windows.labels[nearest]])


def test_labels_permuted_within_people_give_chance(
    recordings: list[PreparedRecording], recipe: Recipe
) -> None:
    def macro(people: list[PreparedRecording]) -> float:
        row = board_rows("b", people, people, recipe, [Memory()], 0)[0]
        return {m.name: m.value for m in row.metrics}["macro_f1"]

    assert macro(recordings) > 0.8
    assert macro([shuffled(r, i) for i, r in enumerate(recordings)]) < 0.65


def test_folds_side_by_side_give_the_same_rows(recordings: list[PreparedRecording], recipe: Recipe) -> None:
    quick = (Classical(name="lr", kind="lr", view="both"), Majority())
    one, two = (
        board_rows("b", recordings, recordings, recipe, quick, 0, Workshop(fan_out=fan_out))
        for fan_out in (Serial(), Processes(2))
    )
    assert one == two


def shuffled(recording: PreparedRecording, seed: int) -> PreparedRecording:
    """The same windows in another order than the labels."""
    order = np.random.default_rng(seed).permutation(len(recording))
    return PreparedRecording(
        name=recording.name,
        person=recording.person,
        intervals=recording.intervals,
        tensors={n: v[order] for n, v in recording.tensors.items()},
        start_ns=recording.start_ns,
        end_ns=recording.end_ns,
        quality=recording.quality,
        complete=recording.complete,
    )


def test_held_out_people_are_in_no_training(recipe: Recipe, data: Path, cache: Path) -> None:
    pool = training_pool(recipe, Place(data=data, cache=cache, jobs=1))
    assert {r.person for r in pool.heldout} == {"stress_predict/S04"}
    assert "stress_predict/S04" not in {r.person for r in pool.training}
    assert pool.datasets[0].people == 3


def test_a_set_whose_licence_forbids_is_not_trained_on(tmp_path: Path) -> None:
    (tmp_path / "wesad_wrist_e4").mkdir()
    with pytest.raises(UsageError, match="evaluate"):
        require_shippable(open_dataset("wesad_wrist", tmp_path))


def test_streams_that_do_not_fit_the_chain_are_refused(
    recordings: list[PreparedRecording], recipe: Recipe
) -> None:
    check_shapes(recipe, recordings)
    narrow = {**recordings[0].tensors, "eda_features": recordings[0].tensors["eda_features"][:, :5]}
    other = PreparedRecording(
        name="x",
        person="x",
        intervals=(),
        tensors=narrow,
        start_ns=recordings[0].start_ns,
        end_ns=recordings[0].end_ns,
        quality=recordings[0].quality,
        complete=recordings[0].complete,
    )
    with pytest.raises(UsageError, match="features = 10"):
        check_shapes(recipe, [other])
