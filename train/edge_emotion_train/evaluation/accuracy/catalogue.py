"""Which boards there are: what is learned from, what is judged, how people are divided, and the goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from edge_emotion.errors import UsageError

Split = Literal["crossed", "people", "unseen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set and what its intervals mean on this board: class name by interval name."""

    dataset: str
    classes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One board.

    Parameters
    ----------
    labels
        Class names in the order of probabilities.
    learned
        Sources that are learned from; in splits by people the judged set is one of them.
    judged
        Source that is judged; its classes may name intervals that are never learned from.
    split
        ``crossed``: learn from people of one protocol order, judge those of the other. ``people``: people are left out.
        ``unseen``: the judged set is in no training.
    parts
        With ``people``, how many parts the people are dealt into; each part is judged once. As many as there are people
        leaves one out at a time.
    goal
        Macro-F1 to reach; ``None`` where none was set.
    """

    name: str
    labels: tuple[str, ...]
    learned: tuple[Source, ...]
    judged: Source
    split: Split
    parts: int = 1
    goal: float | None = None

    @property
    def starting_points(self) -> int:
        """How many networks of a family are averaged: a crossed board has two folds, so that it can afford more."""
        return 4 if self.split == "crossed" else 1


CALM_STRESS = ("rest", "stress")
THREE = ("baseline", "stress", "amusement")
DRIVE = ("rest", "city", "highway")

_WESAD2 = Source(dataset="wesad_wrist", classes={"baseline": "rest", "amusement": "rest", "stress": "stress"})
_WESAD3 = Source(dataset="wesad_wrist", classes={name: name for name in THREE})
_WESAD3_CALM = Source(
    dataset="wesad_wrist", classes={**{name: name for name in THREE}, "meditation": "baseline"}
)
_STRESS_PREDICT = Source(
    dataset="stress_predict",
    classes={"rest": "rest", "stroop": "stress", "interview": "stress", "hyperventilation": "stress"},
)
_DRIVES3 = Source(dataset="drivedb_frames", classes={name: name for name in DRIVE})
_DRIVES2 = Source(dataset="drivedb_frames", classes={"rest": "rest", "city": "stress"})
"""The highway lies between rest and city: naming it either would teach the wrong border."""

BOARDS: Mapping[str, Board] = {
    board.name: board
    for board in (
        Board(
            name="wesad2-crossed",
            labels=CALM_STRESS,
            learned=(_WESAD2,),
            judged=_WESAD2,
            split="crossed",
            goal=0.95,
        ),
        Board(
            name="wesad3-crossed",
            labels=THREE,
            learned=(_WESAD3,),
            judged=_WESAD3,
            split="crossed",
            goal=0.83,
        ),
        Board(
            name="wesad3-crossed-calm",
            labels=THREE,
            learned=(_WESAD3,),
            judged=_WESAD3_CALM,
            split="crossed",
            goal=0.74,
        ),
        Board(
            name="wesad2-post5",
            labels=CALM_STRESS,
            learned=(_WESAD2,),
            judged=_WESAD2,
            split="people",
            parts=15,
            goal=0.965,
        ),
        # Five people at a time instead of one: a seventh of the trainings, each on fewer people; if anything, a lower figure.
        Board(
            name="stress-predict-post5",
            labels=CALM_STRESS,
            learned=(_STRESS_PREDICT,),
            judged=_STRESS_PREDICT,
            split="people",
            parts=7,
            goal=0.73,
        ),
        Board(
            name="drivedb3",
            labels=DRIVE,
            learned=(_DRIVES3,),
            judged=_DRIVES3,
            split="people",
            parts=10,
            goal=0.66,
        ),
        Board(
            name="unseen-wesad2",
            labels=CALM_STRESS,
            learned=(_STRESS_PREDICT, _DRIVES2),
            judged=_WESAD2,
            split="unseen",
            goal=0.85,
        ),
        Board(
            name="unseen-stress-predict",
            labels=CALM_STRESS,
            learned=(_WESAD2, _DRIVES2),
            judged=_STRESS_PREDICT,
            split="unseen",
            goal=0.7,
        ),
    )
}

MATRIX: tuple[Source, ...] = (_WESAD2, _STRESS_PREDICT, _DRIVES2)
"""Trained on each, tested on each."""


def board_named(name: str) -> Board:
    """The board called ``name``.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name not in BOARDS:
        raise UsageError(f"unknown board {name!r}; known: {', '.join(BOARDS)}, or all")
    return BOARDS[name]


def own_board(dataset: str, labels: tuple[str, ...], parts: int) -> Board:
    """A board on any data set, such as ``recordings:DIR``: each interval name is a class, people are left out.

    Raises
    ------
    UsageError
        If there are fewer than two classes or parts.
    """
    if len(labels) < 2 or parts < 2:
        raise UsageError(
            f"{dataset} has {len(labels)} interval names and {parts} people: a board needs two or more of both"
        )
    source = Source(dataset=dataset, classes={name: name for name in labels})
    kind = dataset.split(":", maxsplit=1)[0]
    return Board(name=kind, labels=labels, learned=(source,), judged=source, split="people", parts=parts)
