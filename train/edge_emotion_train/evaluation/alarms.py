"""What must make a reader stop: figures too good to be true, and boards that lack the row that keeps them honest."""

from __future__ import annotations

from collections.abc import Sequence

from edge_emotion.bundle.manifest import BoardRow

CLOCK = "clock"
MAJORITY = "majority"
BASELINE_ROWS = (CLOCK, MAJORITY)

TOO_GOOD = 0.95
"""Of three or more classes on WESAD with the person left out: published figures above it share people or look ahead."""


def alarms(rows: Sequence[BoardRow]) -> tuple[str, ...]:
    """Sentences, empty when there is nothing to fear."""
    boards = dict.fromkeys((row.board, row.protocol) for row in rows)
    found = [_without_clock(board, protocol, rows) for board, protocol in boards]
    found += [_too_good(row) for row in rows]
    return tuple(sentence for sentence in found if sentence)


def _without_clock(board: str, protocol: str, rows: Sequence[BoardRow]) -> str:
    if any((row.board, row.protocol, row.system) == (board, protocol, CLOCK) for row in rows):
        return ""
    return f"{board} has no clock-only row ({protocol}): how much of these figures a fixed protocol gives away is not known."


def _too_good(row: BoardRow) -> str:
    figures = {metric.name: metric.value for metric in row.metrics}
    best = max((figures.get(name, 0.0) for name in ("macro_f1", "accuracy")), default=0.0)
    if not row.board.startswith("wesad") or len(row.confusion) < 3 or best <= TOO_GOOD:
        return ""
    return (
        f"{row.system} reaches {best:.3f} on {row.board} with {len(row.confusion)} classes: above {TOO_GOOD} suspect a leak "
        "(people on both sides, normalisation that looks ahead, the clock) before you believe it."
    )
