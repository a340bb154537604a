"""The record of a board: what every system said about every window, so that no picture needs a training.

All systems of a record judged the same windows, which is what makes differences between them paired. On disk they are
`edge_emotion_train.evaluation.prediction_files`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import InputError, UsageError
from edge_emotion.types import FloatArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPredictions:
    """What one system said.

    Parameters
    ----------
    probabilities
        Shape (N, classes), after temperature scaling where the system has a temperature.
    logits
        Shape (N, classes), before it; ``None`` for systems that have none.
    contributions
        Shape (N, roles), the model's own attention; ``None`` for systems that have none.
    """

    name: str
    probabilities: Doubles
    logits: FloatArray | None = None
    contributions: FloatArray | None = None

    @property
    def said(self) -> NDArray[np.int64]:
        """Shape (N,): the most probable class."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPredictions:
    """One board: N windows, their truth, and what each system said about them.

    Parameters
    ----------
    labels, roles
        Names of the classes and of the columns of ``contributions``.
    people
        Shape (N,), ``dataset/person``.
    minutes
        Shape (N,), end of the window since the recording began.
    truth
        Shape (N,), int64, index into ``labels``.
    """

    board: str
    protocol: str
    labels: tuple[str, ...]
    roles: tuple[str, ...]
    people: NDArray[np.str_]
    minutes: Doubles
    truth: NDArray[np.int64]
    systems: tuple[SystemPredictions, ...]

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the systems, in their order."""
        return tuple(system.name for system in self.systems)

    def system(self, name: str) -> SystemPredictions:
        """What the system ``name`` said.

        Raises
        ------
        UsageError
            If it is not on this board.
        """
        for system in self.systems:
            if system.name == name:
                return system
        raise UsageError(f"board {self.board} has no system {name!r}; it has {', '.join(self.names)}")


def join_predictions(parts: Sequence[BoardPredictions]) -> BoardPredictions:
    """The folds of a board, one after the other.

    Raises
    ------
    InputError
        If there is no fold, or the folds judged different systems.
    """
    if not parts:
        raise InputError(
            "nobody on this board has a usable window: lower minimum_quality, or check the intervals"
        )
    first = parts[0]
    if any((p.names, p.labels, p.roles) != (first.names, first.labels, first.roles) for p in parts):
        raise InputError(f"board {first.board}: folds differ in systems or labels and cannot be joined")
    return BoardPredictions(
        board=first.board,
        protocol=first.protocol,
        labels=first.labels,
        roles=first.roles,
        people=np.concatenate([p.people for p in parts]),
        minutes=np.concatenate([p.minutes for p in parts]),
        truth=np.concatenate([p.truth for p in parts]),
        systems=tuple(_joined([p.systems[i] for p in parts]) for i in range(len(first.systems))),
    )


def _joined(parts: Sequence[SystemPredictions]) -> SystemPredictions:
    return SystemPredictions(
        name=parts[0].name,
        probabilities=np.concatenate([p.probabilities for p in parts]),
        logits=_all_or_none([p.logits for p in parts]),
        contributions=_all_or_none([p.contributions for p in parts]),
    )


def _all_or_none(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None
