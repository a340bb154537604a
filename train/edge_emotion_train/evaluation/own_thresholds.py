"""What a network says of people at rest, and what is taken off for it: as `edge_emotion.runtime.own_threshold` does live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.runtime.own_threshold import taken_off
from edge_emotion.types import FloatArray
from edge_emotion_train.preparation.windows import WindowSet

Logits = Callable[[WindowSet], FloatArray]
"""Of N windows, shape (N, classes)."""


def rest_logits(logits: Logits, rests: WindowSet) -> Mapping[str, tuple[float, ...]]:
    """Mean logits over each person's rest (`LabelledWindows.rests`), by person; who has no usable rest is left out."""
    if len(rests) == 0:
        return {}
    said = logits(rests)
    return {
        person: tuple(said[rests.people == person].mean(axis=0, dtype=np.float64).tolist())
        for person in rests.names()
    }


def usual_rest_logits(logits: Logits, rests: WindowSet) -> tuple[float, ...]:
    """Mean over people of what the network says of their rest; empty where nobody has one."""
    by_person = rest_logits(logits, rests)
    return tuple(np.mean(list(by_person.values()), axis=0).tolist()) if by_person else ()


def with_own_thresholds(
    said: FloatArray,
    people: NDArray[np.str_],
    rests: Mapping[str, Sequence[float]],
    usual: Sequence[float],
    share: float,
) -> FloatArray:
    """``said`` (N, classes) as a device with a threshold of the wearer's own would have it.

    Parameters
    ----------
    people
        Whose window it is, shape (N,).
    rests
        What the network says of each person's rest; who is not in it keeps everybody's threshold.
    usual, share
        ``rest_logits`` and ``own_threshold`` of `DecisionSpec`; of an empty ``usual`` nothing is made.
    """
    result = said.copy()
    for person, own in rests.items() if usual else ():
        result[people == person] -= taken_off(share, own, usual)
    return result


def as_strangers(
    said: FloatArray,
    people: NDArray[np.str_],
    says: Logits,
    *,
    learned_from: WindowSet,
    rests: WindowSet,
    share: float,
) -> FloatArray:
    """``said`` (N, classes) with the thresholds that these people would get on a device.

    Parameters
    ----------
    people
        Whose window it is, shape (N,).
    says
        The network.
    learned_from, rests
        The rests (`LabelledWindows.rests`) of those whom it learned from, and of these people.
    share
        ``own_threshold`` of `DecisionSpec`.
    """
    if not share:
        return said
    return with_own_thresholds(
        said, people, rest_logits(says, rests), usual_rest_logits(says, learned_from), share
    )
