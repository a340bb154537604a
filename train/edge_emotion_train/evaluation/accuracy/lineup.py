"""Everybody on a board: rivals, networks, and blends of what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion_train.evaluation.accuracy.networks import FAMILIES, networks
from edge_emotion_train.evaluation.accuracy.rivals import Classical, Presence
from edge_emotion_train.evaluation.systems import Clock, Majority, System
from edge_emotion_train.recipe import Recipe

HEADLINE = "fusion"
CLASSICAL = ("lr", "et", "lr_et", "rf", "gb", "lr_both", "et_both", "lr_et_both")
"""Causal rows without a network; the strongest of them is the one to beat."""

PROTOCOL_ROWS = ("majority", "clock", "presence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineup:
    """Systems that learn, and blends: the mean of the probabilities of members, by name."""

    systems: tuple[System, ...]
    blends: Mapping[str, tuple[str, ...]]


def lineup(recipe: Recipe, classes: int, seeds: int, ablations: bool) -> Lineup:
    """Everybody.

    ``fusion``, the headline, is fixed beforehand: half the mean of the three families, half the classical pair.
    """
    rivals: Sequence[System] = (
        Majority(),
        Clock(),
        Presence(),
        Classical(name="lr", kind="lr"),
        Classical(name="et", kind="et"),
        Classical(name="rf", kind="rf"),
        Classical(name="gb", kind="gb"),
        Classical(name="lr_both", kind="lr", view="both"),
        Classical(name="et_both", kind="et", view="both"),
    )
    return Lineup(
        systems=(*rivals, *networks(recipe, classes, seeds, ablations)),
        blends={
            "lr_et": ("lr", "et"),
            "lr_et_both": ("lr_both", "et_both"),
            "families": FAMILIES,
            HEADLINE: ("families", "lr_et"),
            **{f"{family}_lr_et": (family, "lr_et") for family in FAMILIES},
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
