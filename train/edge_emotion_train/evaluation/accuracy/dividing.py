"""Folds of a board: always whole people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_emotion.errors import InputError
from edge_emotion_train.evaluation.accuracy.catalogue import Board
from edge_emotion_train.evaluation.splits import Fold
from edge_emotion_train.preparation.recordings import PreparedRecording

FIRST, SECOND = "amusement", "stress"
"""The states whose order differs between WESAD's two protocols."""


def folds_of(
    board: Board, learned: Sequence[PreparedRecording], judged: Sequence[PreparedRecording]
) -> list[Fold]:
    """All folds of ``board``.

    Raises
    ------
    InputError
        If a crossed board has people of one order only.
    """
    if board.split == "unseen":
        return [Fold(training=tuple(learned), test=tuple(judged))]
    if board.split == "crossed":
        parts = [p for p in _orders(judged) if p]
        if len(parts) < 2:
            raise InputError(f"board {board.name} needs people of both protocol orders; there is one order")
    else:
        parts = _dealt(judged, board.parts)
    return [
        Fold(
            training=tuple(r for r in learned if r.person not in part),
            test=tuple(r for r in judged if r.person in part),
        )
        for part in parts
    ]


def amusement_first(recording: PreparedRecording) -> bool:
    """Which of WESAD's protocols this person went through, told by the intervals.

    Raises
    ------
    InputError
        If one of the two states is missing.
    """
    starts = {i.name: i.start_s for i in reversed(recording.intervals)}
    if FIRST not in starts or SECOND not in starts:
        raise InputError(f"{recording.name} lacks {FIRST} or {SECOND}: its protocol order cannot be told")
    return starts[FIRST] < starts[SECOND]


def _orders(judged: Sequence[PreparedRecording]) -> list[set[str]]:
    first = {r.person for r in judged if amusement_first(r)}
    return [first, {r.person for r in judged} - first]


def _dealt(judged: Sequence[PreparedRecording], parts: int) -> list[set[str]]:
    people = sorted({r.person for r in judged})
    count = min(parts, len(people))
    return [{str(p) for p in part} for part in np.array_split(np.array(people), count)]
