"""From the record of a board to its rows."""

from __future__ import annotations

import numpy as np

from edge_emotion.bundle.manifest import BoardRow
from edge_emotion_train.evaluation.metrics import confusion_by_person, score
from edge_emotion_train.evaluation.predictions import BoardPredictions


def rows_of(board: BoardPredictions) -> list[BoardRow]:
    """Every system's row, in the order of the record."""
    return [row_of(board, name) for name in board.names]


def row_of(board: BoardPredictions, name: str) -> BoardRow:
    """One system, pooled over all windows."""
    system = board.system(name)
    classes = len(board.labels)
    confusion = confusion_by_person(board.truth, system.said, board.people, classes).sum(axis=0)
    return BoardRow(
        board=board.board,
        system=name,
        protocol=board.protocol,
        people=len(np.unique(board.people)),
        windows=len(board),
        majority=float(np.bincount(board.truth).max() / len(board)),
        metrics=score(board.truth, system.probabilities, board.people),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )
