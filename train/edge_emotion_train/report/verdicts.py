"""Sentences that a board's figures force, good or bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_emotion.bundle.manifest import BoardRow, Metric
from edge_emotion_train.evaluation.alarms import BASELINE_ROWS, CLOCK
from edge_emotion_train.evaluation.comparing import Comparison
from edge_emotion_train.report.charts.base import chance, exact
from edge_emotion_train.report.figures import BoardFigures

SIGNIFICANT = 0.05

FEW_PEOPLE = 6
"""Under it Wilcoxon's test cannot reach .05 whatever happens (2 / 2^5 = .0625)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A sentence and how it sounds."""

    text: str
    tone: Literal["good", "warn", "plain"]


def metric(row: BoardRow | None, name: str = "macro_f1") -> Metric | None:
    """A figure of a row; ``None`` if it was not taken."""
    return None if row is None else next((m for m in row.metrics if m.name == name), None)


def value(row: BoardRow | None, name: str = "macro_f1") -> float:
    """The figure alone; nan if it was not taken."""
    found = metric(row, name)
    return float("nan") if found is None else found.value


def strongest(board: BoardFigures) -> BoardRow | None:
    """The best rival that looks at the body, ablations of the network left out."""
    rivals = [
        row
        for row in board.rows
        if row.system not in BASELINE_ROWS and not row.system.startswith(board.system)
    ]
    return max(rivals, key=value, default=None)


def ablations(board: BoardFigures) -> tuple[Comparison, ...]:
    """Comparisons of the network with itself, less a part."""
    return tuple(c for c in board.comparisons if c.baseline.startswith(board.system))


def verdicts(board: BoardFigures) -> list[Verdict]:
    """Against the clock first, then against the strongest rival, then what few people are worth."""
    found = [_clock(board)]
    rival = strongest(board)
    against = next((c for c in board.comparisons if rival is not None and c.baseline == rival.system), None)
    if against is not None:
        found.append(_rival(against))
    people = board.rows[0].people
    if people < FEW_PEOPLE:
        text = f"{people_text(people).capitalize()}: an interval over so few says little about anybody else."
        found.append(Verdict(text=text, tone="warn"))
    return found


def people_text(count: int) -> str:
    """One person, two people."""
    return "one person" if count == 1 else f"{count} people"


def _clock(board: BoardFigures) -> Verdict:
    own, clock = value(board.row(board.system)), value(board.row(CLOCK))
    if clock != clock:
        return Verdict(text="There is no clock row: what the protocol gives away is not known.", tone="warn")
    if clock >= own:
        return Verdict(
            text=f"The clock alone, which sees no body, scores {exact(clock)}: this board can be answered without physiology.",
            tone="warn",
        )
    against = next((c for c in board.comparisons if c.baseline == CLOCK), None)
    if against is None:
        text = f"Scores above the clock alone ({exact(clock)}); without kept predictions the difference has no interval."
        return Verdict(text=text, tone="plain")
    if not against.above_zero:
        return Verdict(
            text=f"Not proven to be above the clock alone ({exact(clock)}): the interval of the difference holds 0.",
            tone="warn",
        )
    return Verdict(text=f"Above the clock alone ({exact(clock)}).", tone="good")


def _rival(against: Comparison) -> Verdict:
    gap = against.difference
    figures = f"{exact(gap.value)} [{exact(gap.low)}, {exact(gap.high)}], Wilcoxon p {chance(against.p_holm)} after Holm"
    if gap.low > 0 and against.p_holm < SIGNIFICANT:
        return Verdict(text=f"Better than {against.baseline}, the strongest rival: {figures}.", tone="good")
    if gap.high < 0:
        return Verdict(text=f"Worse than {against.baseline}: {figures}.", tone="warn")
    return Verdict(text=f"No difference from {against.baseline} is proven: {figures}.", tone="plain")
