"""The cache of prepared windows: keyed by what windows depend on, and mended where it is damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_emotion.errors import RecordingError
from edge_emotion.types import FloatArray, Modality
from edge_emotion_train.datasets import Interval, Rating, Recording, Signal, open_dataset
from edge_emotion_train.preparation.filters import design_signals, with_eeg
from edge_emotion_train.preparation.pool import Place, prepare_all
from edge_emotion_train.preparation.recordings import (
    PreparedRecording,
    chain_modalities,
    prepare,
    prepare_dataset,
)
from edge_emotion_train.recipe import Recipe


@pytest.fixture
def cached(data: Path, recipe: Recipe, tmp_path: Path) -> tuple[Path, PreparedRecording]:
    return tmp_path, prepared(data, recipe, tmp_path)


def prepared(data: Path, recipe: Recipe, cache: Path) -> PreparedRecording:
    (only,) = prepare_dataset(
        open_dataset("stress_predict", data), ["S01"], recipe.signals.design(), cache, 1
    )
    return only


def assert_same(left: PreparedRecording, right: PreparedRecording) -> None:
    assert (left.name, left.person, left.intervals) == (right.name, right.person, right.intervals)
    for name, values in left.tensors.items():
        np.testing.assert_array_equal(values, right.tensors[name])
    np.testing.assert_array_equal(left.quality, right.quality)


def test_the_cache_gives_back_what_was_prepared(
    cached: tuple[Path, PreparedRecording], data: Path, recipe: Recipe
) -> None:
    cache, fresh = cached
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    assert_same(prepared(data, recipe, cache), fresh)
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other"])
def test_a_damaged_file_is_made_again(
    cached: tuple[Path, PreparedRecording], data: Path, recipe: Recipe, damage: str
) -> None:
    cache, fresh = cached
    (file,) = cache.iterdir()
    content = bytearray(file.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    if damage == "other":
        np.savez(file, start_ns=np.zeros(3))
    else:
        file.write_bytes({"empty": b"", "cut": content[:5000], "flipped": content}[damage])
    assert_same(prepared(data, recipe, cache), fresh)
    assert_same(prepared(data, recipe, cache), fresh)
    assert len(list(cache.iterdir())) == 1


def test_the_model_and_its_labels_do_not_matter(
    cached: tuple[Path, PreparedRecording], data: Path, recipe: Recipe
) -> None:
    cache, _ = cached
    other = msgspec.structs.replace(recipe, name="other", seed=9, labels=("calm", "tense"), held_out=())
    prepared(data, other, cache)
    assert len(list(cache.iterdir())) == 1


def test_windows_and_recordings_do(
    cached: tuple[Path, PreparedRecording], data: Path, recipe: Recipe
) -> None:
    cache, _ = cached
    spec = msgspec.structs.replace(recipe.signals.design(), hop_s=10.0)
    dataset = open_dataset("stress_predict", data)
    prepare_dataset(dataset, ["S01"], spec, cache, 1)
    prepare_dataset(dataset, ["S02"], spec, cache, 1)
    assert len(list(cache.iterdir())) == 3


def signal(modality: Modality, values: FloatArray, rate_hz: float = 128.0) -> Signal:
    return Signal(modality=modality, rate_hz=rate_hz, start_s=0.0, values=values.astype(np.float32))


def recording(*signals: Signal) -> Recording:
    rated = Interval(
        start_s=0, end_s=9, name="clip", ratings=(Rating(scale="a", value=1, minimum=0, maximum=2),)
    )
    return Recording(name="x/1", person="x/1", signals=signals, intervals=(rated,))


NOISE = np.random.default_rng(0).normal(size=(128 * 20, 2))
EDA = signal(Modality.EDA, np.full(128 * 20, 2.0, np.float32))
EEG = signal(Modality.EEG, NOISE.astype(np.float32))


def test_eeg_is_in_the_windows_only_where_it_is_asked_for() -> None:
    plain = design_signals(window_s=10.0)
    both = recording(EDA, EEG)
    assert "eeg" not in prepare(both, plain).tensors
    assert prepare(both, with_eeg(plain, 2)).tensors["eeg"].shape[1:] == (4, 2, 10)


def test_signals_without_a_number_or_a_part_are_left_out() -> None:
    dead = signal(Modality.ECG, np.full(100, np.nan, np.float32))
    breath = signal(Modality.RESP, NOISE[:, 0].astype(np.float32))
    assert chain_modalities(recording(dead, EDA, breath), design_signals()) == (Modality.EDA,)
    with pytest.raises(RecordingError, match="holds ecg, resp"):
        prepare(recording(dead, breath), design_signals())


def test_a_pause_between_clips_is_a_gap_and_not_an_end() -> None:
    values = EDA.values.copy()
    values[128 * 8 : 128 * 14] = np.nan
    found = prepare(recording(replace(EDA, values=values)), design_signals(window_s=10.0, hop_s=1.0))
    assert len(found) == 20


def test_recordings_are_left_out_by_name(data: Path, cache: Path, recipe: Recipe) -> None:
    place = Place(data=data, cache=cache, jobs=1)
    left = prepare_all(open_dataset("stress_predict", data), recipe, place, without=("S01", "S03"))
    assert [r.name for r in left] == ["stress_predict/S02", "stress_predict/S04"]
