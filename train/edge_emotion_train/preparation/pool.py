"""The recordings that a recipe names, prepared, and who of them may be learned from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge_emotion.bundle.manifest import DatasetUse
from edge_emotion.errors import InputError, UsageError
from edge_emotion_train.datasets import Dataset, open_dataset
from edge_emotion_train.fanout import FanOut, fan_out_of
from edge_emotion_train.preparation.recordings import PreparedRecording, prepare_dataset
from edge_emotion_train.recipe import DatasetSettings, Recipe

_SHOWN = 8
"""People whom a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where data and cache are, how many processes prepare them, and the Ray cluster that judges folds, if any."""

    data: Path
    cache: Path
    jobs: int
    ray: str | None = None

    def fan_out(self) -> FanOut:
        """For folds and candidates; recordings are always prepared here, where their files are."""
        return fan_out_of(self.jobs, self.ray)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Prepared recordings of the sets that are learned from.

    ``training`` and ``heldout`` share no person.
    """

    training: tuple[PreparedRecording, ...]
    heldout: tuple[PreparedRecording, ...]
    datasets: tuple[DatasetUse, ...]


def training_pool(recipe: Recipe, place: Place) -> Pool:
    """Everything that the recipe learns from, and its held-out people.

    Raises
    ------
    UsageError
        If a set's licence forbids to ship what is learned from it.
    InputError
        If a held-out person is in none of the sets, or nobody is left to learn from.
    """
    recordings: list[PreparedRecording] = []
    uses: list[DatasetUse] = []
    for dataset, settings in _learned(recipe, place):
        mine = prepare_all(dataset, recipe, place, settings.without)
        people = {r.person for r in mine} - set(recipe.held_out)
        info = dataset.info
        uses.append(
            DatasetUse(name=info.name, licence=info.licence, citation=info.citation, people=len(people))
        )
        recordings += mine
    training = tuple(r for r in recordings if r.person not in recipe.held_out)
    heldout = tuple(r for r in recordings if r.person in recipe.held_out)
    return Pool(training=training, heldout=heldout, datasets=tuple(uses))


def _learned(recipe: Recipe, place: Place) -> list[tuple[Dataset, DatasetSettings]]:
    """The sets that are learned from, checked as far as their names go."""
    wanted = [settings for settings in recipe.datasets if settings.use == "train"]
    for settings in wanted:
        if ":" in settings.name:
            raise UsageError(
                f"recipe {recipe.name} learns from {settings.name!r}: call that folder recordings, write name = "
                '"recordings", and give the folder that holds it with --data'
            )
    learned = [(open_dataset(settings.name, place.data), settings) for settings in wanted]
    for dataset, _ in learned:
        require_shippable(dataset)
    _check_held_out(recipe, {d.person(n) for d, settings in learned for n in _names(d, settings.without)})
    return learned


def _check_held_out(recipe: Recipe, people: Collection[str]) -> None:
    """Before anything is prepared: that takes minutes to hours, and names are known at once."""
    unknown = sorted(set(recipe.held_out) - set(people))
    if unknown and people:
        there = sorted(people)
        some = ", ".join(there[:_SHOWN]) + (", ..." if len(there) > _SHOWN else "")
        raise InputError(
            f"recipe {recipe.name} holds out {', '.join(unknown)}, who are not in the data that it learns from; there are "
            f"{some}: say in the recipe held_out = [{msgspec.json.encode(there[-1]).decode()}], or whom you choose"
        )
    if people and not set(people) - set(recipe.held_out):
        raise InputError(
            f"recipe {recipe.name}: everyone is held out: nobody is left to learn from; shorten held_out"
        )


def _names(dataset: Dataset, without: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in dataset.names() if name not in without)


def prepare_all(
    dataset: Dataset, recipe: Recipe, place: Place, without: Sequence[str] = ()
) -> list[PreparedRecording]:
    """All recordings of one set but those left out by name.

    Raises
    ------
    InputError
        If the set is empty.
    """
    names = _names(dataset, without)
    if not names:
        raise InputError(f"{place.data} holds no recording of {dataset.info.name}")
    return prepare_dataset(dataset, names, recipe.signals.design(), place.cache, place.jobs)


def require_shippable(dataset: Dataset) -> None:
    """Refuse to learn from a set whose licence keeps the weights from being shipped."""
    if not dataset.info.weights_may_ship:
        raise UsageError(
            f"{dataset.info.name} may not be trained on ({dataset.info.licence}): set use = 'evaluate' in the recipe"
        )


def check_shapes(recipe: Recipe, recordings: Iterable[PreparedRecording]) -> None:
    """The recipe's streams must fit what the chain gives: both views of each channel and feature.

    Raises
    ------
    UsageError
        If they do not.
    """
    tensors = next(iter(recordings)).tensors
    for stream in recipe.model.streams:
        channels, features = (
            2 * tensors[stream.role].shape[1],
            2 * tensors[f"{stream.role}_features"].shape[1],
        )
        if (stream.channels, stream.features) != (channels, features):
            raise UsageError(
                f"recipe {recipe.name}: stream {stream.role} has channels = {stream.channels}, features = "
                f"{stream.features}; the chain gives channels = {channels}, features = {features}"
            )
