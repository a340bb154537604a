"""How much of a static int8 file becomes int8: rungs in a fixed order, judged on training windows only.

The held-out windows must not choose: the proof on them would no longer be one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from edge_emotion_export.artefact import Artefact

ENOUGH_AGREEMENT = 0.998
"""A fifth of the disagreement that the gate allows. Windows of other people disagree about twice as often (decision 050)."""


class Rung(StrEnum):
    """What computes in int8; every rung stores all weights so."""

    STATIC = "static"
    """Every operator."""
    BODY = "static body"
    """Everything up to the last convolution of each path, which is nearly all of the arithmetic; the head stays float."""
    INSIDE = "static inside"
    """The convolutions but not the operators between them, which stay float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The candidate taken, its rung, and which share of the labels every tried rung kept, in order."""

    artefact: Artefact
    rung: Rung
    tried: tuple[tuple[Rung, float], ...]


def climb(
    rungs: Iterable[Rung], make: Callable[[Rung], Artefact], judge: Callable[[Artefact], float]
) -> Choice:
    """Take the first rung that agrees often enough; if none does, the one that agrees most, among equals the one with more int8.

    Parameters
    ----------
    judge
        Share of the training windows' labels that a candidate keeps, against the trained model.

    Raises
    ------
    EngineError
        If a conversion fails.
    """
    tried: list[tuple[Rung, float]] = []
    made: list[Artefact] = []
    for rung in rungs:
        made.append(make(rung))
        tried.append((rung, judge(made[-1])))
        if tried[-1][1] >= ENOUGH_AGREEMENT:
            return Choice(artefact=made[-1], rung=rung, tried=tuple(tried))
    best = max(range(len(made)), key=lambda i: (tried[i][1], -i))
    return Choice(artefact=made[best], rung=tried[best][0], tried=tuple(tried))
