"""What is put on a board: the network, and rows that see the same causal windows or nothing but the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_emotion.runtime.decision import softmax
from edge_emotion.types import Role
from edge_emotion_train.evaluation.ablations import (
    ATTENTION_OFF,
    PRETRAINING_OFF,
    alone,
    reduced,
    without_attention,
)
from edge_emotion_train.evaluation.outputs import logits_and_contributions
from edge_emotion_train.evaluation.own_thresholds import as_strangers
from edge_emotion_train.evaluation.predictions import SystemPredictions
from edge_emotion_train.evaluation.protocol_rows import clock_probabilities
from edge_emotion_train.evaluation.rivals import Classical
from edge_emotion_train.learning.fitting import Learned, fit_with_inner_folds
from edge_emotion_train.learning.training import predict
from edge_emotion_train.models import ModelConfig, family_of
from edge_emotion_train.preparation.normalising import LabelledWindows
from edge_emotion_train.pretraining.store import encoder_files
from edge_emotion_train.recipe import Recipe, TrainingSettings

Doubles = NDArray[np.float64]


class System(Protocol):
    """Something that learns from labelled windows and gives probabilities for others."""

    @property
    def name(self) -> str:
        """Of its row."""
        ...

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        """Shape (windows of ``test``, classes)."""
        ...


@runtime_checkable
class Several(Protocol):
    """A system that has more than one row to show for one training."""

    def rows(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> dict[str, Doubles]:
        """Shape (windows of ``test``, classes) each, by name; its own name first."""
        ...


def said_by(
    system: System, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
) -> dict[str, Doubles]:
    """What ``system`` says, by name: one row, or as many as it has."""
    if isinstance(system, Several):
        return system.rows(training, test, classes, seed)
    return {system.name: system.probabilities(training, test, classes, seed)}


@runtime_checkable
class Explaining(Protocol):
    """A system that has more to say than probabilities."""

    def predictions(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> SystemPredictions:
        """With logits and contributions of the windows of ``test``."""
        ...


@runtime_checkable
class Reading(Protocol):
    """A system that learns from files too: what they hold decides what it says."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        ...


def files_of(systems: Sequence[System]) -> tuple[Path, ...]:
    """Every file that one of ``systems`` learns from."""
    return tuple(file for system in systems if isinstance(system, Reading) for file in system.files)


def predictions_of(
    system: System, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
) -> SystemPredictions:
    """Everything that ``system`` says about ``test``."""
    if isinstance(system, Explaining):
        return system.predictions(training, test, classes, seed)
    return SystemPredictions(
        name=system.name, probabilities=system.probabilities(training, test, classes, seed)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The recipe's network, epoch and temperature chosen inside of the training side.

    Parameters
    ----------
    only
        Role that is left in training and test; ``None`` for all.
    """

    config: ModelConfig
    settings: TrainingSettings
    name: str
    own_threshold: float = 0.0
    only: Role | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return encoder_files(self.settings)

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        return self.predictions(training, test, classes, seed).probabilities

    def predictions(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> SystemPredictions:
        seen, judged = _left(training, self.only), _left(test, self.only)
        learned = fit_with_inner_folds(
            self.config, seen, self.settings, own_threshold=self.own_threshold, seed=seed
        )
        return predictions_by(learned, self.name, seen, judged, self.own_threshold)


def _left(windows: LabelledWindows, only: Role | None) -> LabelledWindows:
    return replace(windows, windows=reduced(windows.windows, only), rests=reduced(windows.rests, only))


def predictions_by(
    learned: Learned, name: str, training: LabelledWindows, test: LabelledWindows, own_threshold: float
) -> SystemPredictions:
    """What a network that was trained on ``training`` says about ``test``.

    Parameters
    ----------
    own_threshold
        Of the recipe's decision, see `DecisionSpec`.
    """
    logits, contributions = logits_and_contributions(learned.model, test.windows)
    logits = as_strangers(
        logits,
        test.windows.people,
        partial(predict, learned.model),
        learned_from=training.rests,
        rests=test.rests,
        share=own_threshold,
    )
    return SystemPredictions(
        name=name,
        probabilities=softmax(logits, learned.temperature),
        logits=logits,
        contributions=contributions,
    )


class Majority:
    """The commonest class of the training side, always."""

    name = "majority"

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        share = np.bincount(training.windows.labels, minlength=classes) / len(training)
        return np.tile(share, (len(test), 1))


class Clock:
    """Nothing but the minutes since the recording began: what a fixed protocol gives away for free."""

    name = "clock"

    def probabilities(
        self, training: LabelledWindows, test: LabelledWindows, classes: int, seed: int
    ) -> Doubles:
        minutes, labels = training.minutes, training.windows.labels
        return clock_probabilities(minutes, labels, test.minutes, classes, seed)


def systems(recipe: Recipe) -> tuple[System, ...]:
    """All rows of a board."""
    return (
        _network(recipe),
        Classical(name="lr", kind="lr", view="both"),
        Classical(name="rf", kind="rf", view="both"),
        Classical(name="gb", kind="gb", view="both"),
        Clock(),
        Majority(),
    )


def ablated(recipe: Recipe) -> tuple[System, ...]:
    """The recipe's network less a part, a row for each part that it has; their names begin with the whole one's."""
    whole = _network(recipe)
    rows = []
    if without_attention(whole.config) != whole.config:
        rows.append(_named(replace(whole, config=without_attention(whole.config)), ATTENTION_OFF))
    if whole.settings.pretraining is not None or whole.settings.pretrained is not None:
        plain = msgspec.structs.replace(whole.settings, pretraining=None, pretrained=None)
        rows.append(_named(replace(whole, settings=plain), PRETRAINING_OFF))
    return (*rows, *(_named(replace(whole, only=role), alone(role)) for role in Role))


def _network(recipe: Recipe) -> Network:
    return Network(
        config=recipe.model,
        settings=recipe.training,
        name=family_of(recipe.model),
        own_threshold=recipe.decision.own_threshold,
    )


def _named(network: Network, ending: str) -> Network:
    return replace(network, name=f"{network.name}_{ending}")
