"""Choices made inside of the training side, and systems made of systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion_train.evaluation.metrics import confusion_by_person, macro_f1
from edge_emotion_train.evaluation.splits import inner_folds
from edge_emotion_train.evaluation.systems import System, said_by
from edge_emotion_train.preparation.normalising import LabelledWindows

Doubles = NDArray[np.float64]

INNER_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedChoice:
    """The candidate, or blend of candidates, that is best on people of the training side left out in turn.

    Macro-F1 decides; who comes first wins a tie. The judged people take no part.

    Parameters
    ----------
    blends
        Further candidates: the mean of the probabilities of two or more, by name.
    """

    candidates: Sequence[System]
    blends: Mapping[str, tuple[str, ...]]
    name: str = "chosen"

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        members = self.choose(training, classes, seed)
        systems = {system.name: system for system in self.candidates}
        said = [systems[name].probabilities(training, test, classes, seed) for name in members]
        return np.asarray(np.mean(said, axis=0))

    def choose(self, training: LabelledWindows, classes: int, seed: int) -> tuple[str, ...]:
        """Names of the members of the best candidate."""
        found: dict[str, list[Doubles]] = {system.name: [] for system in self.candidates}
        truth = []
        for part in inner_folds(training.windows, INNER_PARTS, seed):
            inside = np.isin(training.windows.people, part)
            learned, judged = taken(training, ~inside), taken(training, inside)
            truth.append(judged.windows.labels)
            for system in self.candidates:
                found[system.name].append(system.probabilities(learned, judged, classes, seed))
        said = {name: np.concatenate(parts) for name, parts in found.items()}
        labels = np.concatenate(truth)
        options = {**{name: (name,) for name in said}, **self.blends}
        scores = {
            name: _score(labels, np.mean([said[m] for m in members], axis=0), classes)
            for name, members in options.items()
        }
        return options[max(scores, key=lambda name: scores[name])]


@dataclass(frozen=True, slots=True)
class ByDataset:
    """One training per data set, probabilities averaged: the larger set does not drown the smaller one."""

    system: System

    @property
    def name(self) -> str:
        return self.system.name

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        return self.rows(training, test, classes, seed)[self.name]

    def rows(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> dict[str, Doubles]:
        """Each row of the system, averaged over the data sets."""
        sets = np.array([person.split("/", maxsplit=1)[0] for person in training.windows.people])
        said = [
            said_by(self.system, taken(training, sets == name), test, classes, seed)
            for name in np.unique(sets)
        ]
        return {name: np.asarray(np.mean([one[name] for one in said], axis=0)) for name in said[0]}


def taken(labelled: LabelledWindows, mask: NDArray[np.bool_]) -> LabelledWindows:
    """The windows that ``mask`` picks."""
    windows = labelled.windows.take(mask)
    return LabelledWindows(
        windows=windows, minutes=labelled.minutes[mask], rests=labelled.rests.of(windows.names())
    )


def _score(labels: NDArray[np.int64], probabilities: Doubles, classes: int) -> float:
    everyone = np.zeros(len(labels), dtype="U1")
    confusion = confusion_by_person(labels, probabilities.argmax(axis=1), everyone, classes)
    return float(macro_f1(confusion.sum(axis=0)))
