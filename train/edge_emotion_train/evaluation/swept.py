"""A network whose configuration is chosen again in every fold, on people of the fold's training side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_emotion_train.evaluation.predictions import SystemPredictions
from edge_emotion_train.evaluation.systems import Doubles, Network, System, predictions_by
from edge_emotion_train.learning.fitting import Candidate, fit_best
from edge_emotion_train.preparation.normalising import LabelledWindows
from edge_emotion_train.pretraining.store import encoder_files


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptNetwork:
    """`Network` with a nested choice: what judges a fold has chosen nothing for it."""

    name: str
    candidates: tuple[Candidate, ...]
    own_threshold: float

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(file for candidate in self.candidates for file in encoder_files(candidate.settings))

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        return self.predictions(training, test, classes, seed).probabilities

    def predictions(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> SystemPredictions:
        learned = fit_best(self.candidates, training, own_threshold=self.own_threshold, seed=seed).learned
        return predictions_by(learned, self.name, training, test, self.own_threshold)


def chosen_inside(systems: Sequence[System], candidates: tuple[Candidate, ...]) -> tuple[System, ...]:
    """The same systems, the network with a choice where there are several candidates."""
    if len(candidates) == 1:
        return tuple(systems)
    return tuple(
        SweptNetwork(name=s.name, candidates=candidates, own_threshold=s.own_threshold)
        if isinstance(s, Network)
        else s
        for s in systems
    )
