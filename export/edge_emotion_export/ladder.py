"""Which operators stay float: attempts in a fixed order, judged on the calibration windows only.

The held-out windows must not choose: the proof on them would no longer be one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge_emotion_export.artefact import Artefact

ENOUGH_AGREEMENT = 0.995
"""Half the disagreement that the gate allows, so that windows of other people have room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way to quantise; ``only`` names the operators that become int8, ``keep_float`` those that do not."""

    name: str
    only: tuple[str, ...] = ()
    keep_float: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a candidate did on the calibration windows, against the trained model."""

    agreement: float
    mean_abs_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The candidate taken, and what every tried one scored, in order."""

    artefact: Artefact
    tried: tuple[tuple[Attempt, Score], ...]


def climb(
    attempts: Iterable[Attempt], make: Callable[[Attempt], Artefact], judge: Callable[[Artefact], Score]
) -> Choice:
    """Take the first attempt that agrees often enough; if none does, the one that agrees most.

    Raises
    ------
    EngineError
        If a conversion fails.
    """
    tried: list[tuple[Attempt, Score]] = []
    best: tuple[tuple[float, float], Artefact] | None = None
    for attempt in attempts:
        artefact = make(attempt)
        score = judge(artefact)
        tried.append((attempt, score))
        rank = (score.agreement, -score.mean_abs_error)
        if best is None or rank > best[0]:
            best = (rank, artefact)
        if score.agreement >= ENOUGH_AGREEMENT:
            return Choice(artefact=artefact, tried=tuple(tried))
    if best is None:
        raise ValueError("no attempts")
    return Choice(artefact=best[1], tried=tuple(tried))
