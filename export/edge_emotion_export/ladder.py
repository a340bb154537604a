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
class Faithfulness:
    """How much of what the trained model says of the training windows a candidate keeps.

    Parameters
    ----------
    labels
        Share of the labels that stay.
    mean_error
        Of a probability: steadier than a count of the few labels that change.
    """

    labels: float
    mean_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The candidate taken, its rung, and how faithful every tried rung is, in order."""

    artefact: Artefact
    rung: Rung
    tried: tuple[tuple[Rung, Faithfulness], ...]


def climb(
    rungs: Iterable[Rung], make: Callable[[Rung], Artefact], judge: Callable[[Artefact], Faithfulness]
) -> Choice:
    """Take the first rung that keeps enough labels; if none does, the one with the least mean error.

    Parameters
    ----------
    judge
        Tells how faithful a candidate is on training windows.

    Raises
    ------
    EngineError
        If a conversion fails.
    """
    tried: list[tuple[Rung, Faithfulness]] = []
    made: list[Artefact] = []
    for rung in rungs:
        made.append(make(rung))
        tried.append((rung, judge(made[-1])))
        if tried[-1][1].labels >= ENOUGH_AGREEMENT:
            return Choice(artefact=made[-1], rung=rung, tried=tuple(tried))
    best = min(range(len(made)), key=lambda i: tried[i][1].mean_error)
    return Choice(artefact=made[best], rung=tried[best][0], tried=tuple(tried))
