"""Draws who is crossed with whom: P moments, and at each of them Q pairs of different people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import UsageError
from edge_emotion.runtime.normalise import PRESENT
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.pretraining.moments import NO_MOMENT
from edge_emotion_train.pretraining.settings import MINIMUM_MOMENTS

Indices = NDArray[np.int64]


class GroupSampler:
    """Moments of a window set that enough people share.

    Raises
    ------
    UsageError
        If the windows carry no moments, or fewer than two moments are shared by 2 Q people.
    """

    def __init__(self, windows: WindowSet, moments: int, pairs: int) -> None:
        if windows.moments is None:
            raise UsageError("these windows carry no moments: pre-training needs recordings with intervals")
        self._pairs = pairs
        found: dict[str, dict[str, list[int]]] = {}
        # Half of a person's signal and half of another's silence would be a third kind of window.
        usable = (windows.moments != NO_MOMENT) & windows.inputs[PRESENT].all(axis=1)
        for index in np.flatnonzero(usable):
            by_person = found.setdefault(str(windows.moments[index]), {})
            by_person.setdefault(str(windows.people[index]), []).append(int(index))
        self._shared = [list(people.values()) for people in found.values() if len(people) >= 2 * pairs]
        if len(self._shared) < MINIMUM_MOMENTS:
            raise UsageError(
                f"{len(self._shared)} of {len(found)} moments are shared by {2 * pairs} people with every signal; "
                f"pre-training needs {MINIMUM_MOMENTS}: give it more people, or lower pretraining.pairs"
            )
        self.moments = min(moments, len(self._shared))

    def draw(self, random: np.random.Generator) -> Indices:
        """Windows to cross, shape (P, Q, 2): a row holds 2 Q different people at one moment."""
        chosen = random.choice(len(self._shared), self.moments, replace=False)
        rows = [self._row(self._shared[c], random) for c in chosen]
        return np.array(rows, np.int64).reshape(self.moments, self._pairs, 2)

    def _row(self, people: list[list[int]], random: np.random.Generator) -> list[int]:
        who = random.choice(len(people), 2 * self._pairs, replace=False)
        return [people[w][int(random.integers(len(people[w])))] for w in who]
