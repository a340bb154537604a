"""The record of a board round-trips, and what does not belong is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_boards import board

from edge_emotion.errors import InputError, UsageError
from edge_emotion_train.evaluation.prediction_files import (
    load_predictions,
    predictions_path,
    save_predictions,
)
from edge_emotion_train.evaluation.predictions import join_predictions


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = predictions_path(tmp_path, "recordings:my lab")
    save_predictions(path, board())
    return path


def test_round_trip(file: Path) -> None:
    made, read = board(), load_predictions(file)
    assert file.name == "predictions-recordings_my_lab.npz"
    assert (read.board, read.protocol, read.labels, read.roles) == (
        made.board,
        made.protocol,
        made.labels,
        made.roles,
    )
    assert read.names == made.names
    np.testing.assert_array_equal(read.people, made.people)
    np.testing.assert_array_equal(read.truth, made.truth)
    for saved, system in zip(made.systems, read.systems, strict=True):
        np.testing.assert_allclose(system.probabilities, saved.probabilities, atol=1e-6)
        np.testing.assert_array_equal(system.said, saved.said)
        assert (system.logits is None) == (saved.logits is None)
        assert (system.contributions is None) == (saved.contributions is None)


@pytest.mark.parametrize("keep", [0, 60])
def test_a_damaged_file_is_named(file: Path, keep: int) -> None:
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(InputError, match=file.name):
        load_predictions(file)


def test_a_missing_file_tells_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train --evaluate loso"):
        load_predictions(tmp_path / "predictions-x.npz")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("format", np.int64(2), "format 2"),
        ("truth", np.full(320, 2), "indices into the 2 labels"),
        ("truth", np.zeros(3, np.int64), "one length"),
        ("systems", np.array(["acmc"] * 4), "each once"),
        ("probabilities.1", np.full((320, 2), 0.7, np.float32), "sum to one"),
        ("probabilities.1", np.full((320, 3), 0.5, np.float32), "shape"),
        ("logits.0", np.full((320, 2), np.nan, np.float32), "finite"),
        ("minutes", np.array(["now"] * 320), "finite floats"),
        ("people", None, "lacks people"),
        ("probabilities.2", None, "probabilities of clock"),
    ],
)
def test_what_does_not_fit_is_refused(file: Path, name: str, value: Any, message: str) -> None:
    with np.load(file) as archive:
        arrays = {n: archive[n] for n in archive.files if n != name}
    if value is not None:
        arrays[name] = value
    np.savez(file, **arrays)
    with pytest.raises(InputError, match=message):
        load_predictions(file)


def test_pickles_are_never_opened(file: Path) -> None:
    with np.load(file) as archive:
        arrays = {n: archive[n] for n in archive.files}
    np.savez(file, **{**arrays, "people": np.array([object()], dtype=object)})
    with pytest.raises(InputError, match="cannot be read"):
        load_predictions(file)


def test_folds_are_joined_in_order() -> None:
    one, two = board(people=2), board(people=3)
    joined = join_predictions([one, two])
    assert len(joined) == len(one) + len(two)
    np.testing.assert_array_equal(joined.systems[0].logits[: len(one)], one.systems[0].logits)  # type: ignore[index]
    with pytest.raises(InputError, match="differ"):
        join_predictions([one, board(classes=3)])
    with pytest.raises(InputError, match="nobody"):
        join_predictions([])


def test_an_unknown_system_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="acmc, lr, clock, majority"):
        board().system("rf")
