"""``predictions-BOARD.npz`` of a run folder: the record of a board without pickles, checked on reading."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import InputError
from edge_emotion.types import FloatArray
from edge_emotion_train.evaluation.predictions import BoardPredictions, SystemPredictions
from edge_emotion_train.whole_files import whole_file

Doubles = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

PREFIX = "predictions-"
FORMAT = 1
_SUM_TOLERANCE = 1e-3
_SHARED = ("format", "board", "protocol", "labels", "roles", "people", "minutes", "truth", "systems")


def predictions_path(folder: Path, name: str) -> Path:
    """Where a run folder keeps the record called ``name``."""
    return folder / f"{PREFIX}{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.npz"


def save_predictions(path: Path, board: BoardPredictions) -> None:
    """Write a record; probabilities keep float32, which is far finer than any figure shown."""
    arrays = {
        name: values.astype(np.float32) if name.startswith("probabilities.") else values
        for name, values in arrays_of(board).items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as handle:
        np.savez_compressed(handle, **arrays)


def arrays_of(board: BoardPredictions) -> dict[str, Any]:
    """The record as named arrays, to the last bit; `checked` makes it again."""
    arrays: dict[str, Any] = {
        "format": np.int64(FORMAT),
        "board": np.str_(board.board),
        "protocol": np.str_(board.protocol),
        "labels": np.array(board.labels),
        "roles": np.array(board.roles, np.str_),
        "people": board.people,
        "minutes": board.minutes,
        "truth": board.truth,
        "systems": np.array(board.names),
    }
    for index, system in enumerate(board.systems):
        arrays[f"probabilities.{index}"] = system.probabilities
        if system.logits is not None:
            arrays[f"logits.{index}"] = system.logits.astype(np.float32)
        if system.contributions is not None:
            arrays[f"contributions.{index}"] = system.contributions.astype(np.float32)
    return arrays


def load_predictions(path: Path) -> BoardPredictions:
    """Read what `save_predictions` wrote.

    Raises
    ------
    InputError
        If the file is missing, damaged, newer, or its arrays do not fit each other.
    """
    if not path.is_file():
        raise InputError(
            f"{path} is missing: run edge-emotion train --evaluate loso, or edge-emotion evaluate"
        )
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read as predictions ({error}): evaluate again") from error
    try:
        return checked(arrays)
    except InputError as error:
        raise InputError(f"{path}: {error}; evaluate again") from error


def checked(arrays: Arrays) -> BoardPredictions:
    """The record in arrays that `arrays_of` made.

    Raises
    ------
    InputError
        If they do not fit each other.
    """
    missing = [name for name in _SHARED if name not in arrays]
    if missing:
        raise InputError(f"lacks {', '.join(missing)}; it must hold {', '.join(_SHARED)}")
    if arrays["format"].ndim or arrays["format"].item() != FORMAT:
        raise InputError(f"has format {arrays['format']}, this package reads {FORMAT}")
    labels, roles, systems = (
        tuple(str(n) for n in np.ravel(arrays[k])) for k in ("labels", "roles", "systems")
    )
    people, minutes, truth = (arrays[k] for k in ("people", "minutes", "truth"))
    if not (people.shape == minutes.shape == truth.shape == (len(truth),)) or not len(truth):
        raise InputError("people, minutes and truth must be of one length and not empty")
    if not np.issubdtype(truth.dtype, np.integer) or truth.min() < 0 or truth.max() >= len(labels):
        raise InputError(f"truth must be indices into the {len(labels)} labels")
    if len(set(systems)) != len(systems) or not systems:
        raise InputError("names of the systems must be there, each once")
    return BoardPredictions(
        board=str(arrays["board"]),
        protocol=str(arrays["protocol"]),
        labels=labels,
        roles=roles,
        people=people.astype(np.str_),
        minutes=_numbers("minutes", minutes, (len(truth),)),
        truth=truth.astype(np.int64),
        systems=tuple(
            _system(arrays, index, name, (len(truth), len(labels), len(roles)))
            for index, name in enumerate(systems)
        ),
    )


def _system(arrays: Arrays, index: int, name: str, sizes: tuple[int, int, int]) -> SystemPredictions:
    windows, classes, roles = sizes
    if f"probabilities.{index}" not in arrays:
        raise InputError(f"lacks the probabilities of {name}")
    probabilities = _numbers(f"probabilities of {name}", arrays[f"probabilities.{index}"], (windows, classes))
    if probabilities.min() < 0 or np.abs(probabilities.sum(axis=1) - 1).max() > _SUM_TOLERANCE:
        raise InputError(f"probabilities of {name} must be in [0, 1] and sum to one")
    logits, shares = arrays.get(f"logits.{index}"), arrays.get(f"contributions.{index}")
    return SystemPredictions(
        name=name,
        probabilities=probabilities,
        logits=None if logits is None else _single(f"logits of {name}", logits, (windows, classes)),
        contributions=None
        if shares is None
        else _single(f"contributions of {name}", shares, (windows, roles)),
    )


def _numbers(what: str, values: NDArray[Any], shape: tuple[int, ...]) -> Doubles:
    if values.shape != shape or not np.issubdtype(values.dtype, np.floating) or not np.isfinite(values).all():
        raise InputError(
            f"{what} must be finite floats of shape {shape}, are {values.dtype} of {values.shape}"
        )
    return values.astype(np.float64)


def _single(what: str, values: NDArray[Any], shape: tuple[int, ...]) -> FloatArray:
    return _numbers(what, values, shape).astype(np.float32)
