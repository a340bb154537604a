"""Who is trained on, who chooses, who judges: always whole people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from edge_emotion.errors import UsageError
from edge_emotion_train.evaluation.guards import require_disjoint
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.windows import WindowSet

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Recordings of disjoint people.

    Raises
    ------
    UsageError
        If somebody is on both sides.
    """

    training: tuple[PreparedRecording, ...]
    test: tuple[PreparedRecording, ...]

    def __post_init__(self) -> None:
        require_disjoint((r.person for r in self.training), (r.person for r in self.test))


def leave_one_person_out(
    pool: Sequence[PreparedRecording], judged: Sequence[PreparedRecording]
) -> Iterator[Fold]:
    """One fold per person of ``judged``, trained on everyone else of ``pool``."""
    for person in sorted({r.person for r in judged}):
        yield Fold(
            training=tuple(r for r in pool if r.person != person),
            test=tuple(r for r in judged if r.person == person),
        )


def inner_folds(windows: WindowSet, count: int, seed: int) -> list[tuple[str, ...]]:
    """Up to ``count`` disjoint parts of the training side's people, dealt by ``seed``; nobody is ever the whole training side.

    Only people with every class are dealt: one without stress windows cannot judge.

    Raises
    ------
    UsageError
        If there is nobody to judge, or nobody else to learn from.
    """
    classes = len(np.unique(windows.labels))
    able = [p for p in windows.names() if len(np.unique(windows.of([p]).labels)) == classes]
    if not able or len(windows.names()) < 2:
        raise UsageError(
            f"{len(windows.names())} people cannot be split: training needs two or more, one of them with every class"
        )
    dealt = [able[i] for i in np.random.default_rng(seed).permutation(len(able))]
    parts = min(count, len(able))
    if parts == 1:  # one part of everybody would leave nobody to learn from
        dealt = dealt[: min(len(dealt), len(windows.names()) - 1)]
    return [tuple(sorted(dealt[part::parts])) for part in range(parts)]
