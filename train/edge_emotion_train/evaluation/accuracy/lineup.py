"""Everybody on a board: rivals, networks, and blends of what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion_train.evaluation.accuracy.choosing import ByDataset, NestedChoice
from edge_emotion_train.evaluation.accuracy.expanding import Expanding
from edge_emotion_train.evaluation.accuracy.names import FAMILIES, HEADLINE
from edge_emotion_train.evaluation.accuracy.networks import DeviceForm, networks
from edge_emotion_train.evaluation.accuracy.presence import Presence
from edge_emotion_train.evaluation.rivals import Classical
from edge_emotion_train.evaluation.systems import Clock, Majority, System
from edge_emotion_train.recipe import Recipe

PAIRS: Mapping[str, tuple[str, ...]] = {"lr_et": ("lr", "et"), "lr_et_both": ("lr_both", "et_both")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineup:
    """Systems that learn, and blends: the mean of the probabilities of members, by name."""

    systems: tuple[System, ...]
    blends: Mapping[str, tuple[str, ...]]


def lineup(
    recipe: Recipe,
    classes: int,
    seeds: int,
    ablations: bool,
    by_dataset: bool = False,
    forms: tuple[DeviceForm, ...] = (),
) -> Lineup:
    """Everybody.

    ``fusion``, the headline, is fixed beforehand: half the mean of the three families, half the classical row that people of
    the training side choose.

    Parameters
    ----------
    seeds
        Networks averaged in each family; 0 leaves the networks out, and the chosen classical row leads.
    forms
        What the families' trained networks are turned into, for rows of their own.
    by_dataset
        Whether each system learns from each data set apart and averages: for boards whose judged set is unseen.
    """
    classical = {
        "lr": Classical(name="lr", kind="lr"),
        "et": Classical(name="et", kind="et"),
        "lr_both": Classical(name="lr_both", kind="lr", view="both"),
        "et_both": Classical(name="et_both", kind="et", view="both"),
        "rf": Classical(name="rf", kind="rf"),
        "gb": Classical(name="gb", kind="gb"),
    }
    learners: list[System] = [
        *classical.values(),
        NestedChoice(candidates=tuple(classical.values()), blends=PAIRS),
        Expanding(),
        *(networks(recipe, classes, seeds, ablations, forms) if seeds else ()),
    ]
    if by_dataset:
        learners = [
            *(ByDataset(system) for system in learners),
            Classical(name="et_both_pooled", kind="et", view="both"),
        ]
    first: tuple[System, ...] = (Majority(), Clock(), Presence())
    if not seeds:
        return Lineup(systems=(*first, *learners), blends=PAIRS)
    return Lineup(
        systems=(*first, *learners),
        blends={
            **PAIRS,
            "families": FAMILIES,
            HEADLINE: ("families", "chosen"),
            **{f"{family}_chosen": (family, "chosen") for family in FAMILIES},
            "families_et_both": ("families", "et_both"),
            "acmc_et_both": ("acmc", "et_both"),
        },
    )


def blended(
    said: Mapping[str, NDArray[np.float64]], blends: Mapping[str, tuple[str, ...]]
) -> dict[str, NDArray[np.float64]]:
    """``said`` and the blends of it, in their order: a later one may name an earlier one."""
    result = dict(said)
    for name, members in blends.items():
        result[name] = np.asarray(np.mean([result[m] for m in members], axis=0))
    return result
