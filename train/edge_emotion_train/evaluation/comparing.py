"""Is one system better than another? Paired over people: Wilcoxon with Holm's correction, and the interval of the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wilcoxon

from edge_emotion.bundle.manifest import Metric
from edge_emotion_train.evaluation.metrics import confusion_by_person, interval, macro_f1, people_draws
from edge_emotion_train.evaluation.predictions import BoardPredictions

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``system`` against ``baseline`` on macro-F1.

    Parameters
    ----------
    difference
        Of the pooled macro-F1; interval from a bootstrap that draws the same people for both.
    people_better
        People whose own macro-F1 is higher with ``system``; ties count for neither.
    p, p_holm
        Wilcoxon signed-rank test over people's own macro-F1, two-sided; the second is corrected for the number of baselines
        of the board.
    """

    system: str
    baseline: str
    difference: Metric
    people: int
    people_better: int
    people_worse: int
    p: float
    p_holm: float

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval says that ``system`` is better."""
        return self.difference.low > 0


def people_macro_f1(board: BoardPredictions, system: str) -> Doubles:
    """Shape (people,): each person's own macro-F1, people sorted."""
    return macro_f1(_confusion(board, system))


def compare(board: BoardPredictions, system: str, *, seed: int = 0) -> tuple[Comparison, ...]:
    """``system`` against every other system of the board."""
    own = _confusion(board, system)
    draws = people_draws(len(own), seed)
    others = [name for name in board.names if name != system]
    found = [_difference(own, _confusion(board, name), draws) for name in others]
    each = [macro_f1(own) - macro_f1(_confusion(board, name)) for name in others]
    ps = [signed_rank(gaps) for gaps in each]
    return tuple(
        Comparison(
            system=system,
            baseline=name,
            difference=difference,
            people=len(gaps),
            people_better=int((gaps > 0).sum()),
            people_worse=int((gaps < 0).sum()),
            p=p,
            p_holm=corrected,
        )
        for name, difference, gaps, p, corrected in zip(others, found, each, ps, holm(ps), strict=True)
    )


def signed_rank(gaps: Doubles) -> float:
    """Two-sided p of Wilcoxon's signed-rank test; 1 where nobody differs."""
    if not np.any(gaps):
        return 1.0
    # With ties or zeros the exact distribution does not hold; scipy then takes the normal one, and says so in `method`.
    return float(wilcoxon(gaps, zero_method="wilcox", method="auto").pvalue)


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's step-down correction (Scandinavian Journal of Statistics, 1979): never below the uncorrected p, never above 1."""
    corrected = [1.0] * len(ps)
    reached = 0.0
    for rank, index in enumerate(np.argsort(ps, kind="stable").tolist()):
        reached = max(reached, min(1.0, (len(ps) - rank) * ps[index]))
        corrected[index] = reached
    return corrected


def _confusion(board: BoardPredictions, system: str) -> Doubles:
    return confusion_by_person(board.truth, board.system(system).said, board.people, len(board.labels))


def _difference(own: Doubles, other: Doubles, draws: Doubles) -> Metric:
    pooled = macro_f1(own.sum(axis=0)) - macro_f1(other.sum(axis=0))
    resampled = macro_f1(np.tensordot(draws, own, axes=1)) - macro_f1(np.tensordot(draws, other, axes=1))
    low, high = interval(resampled)
    gaps = macro_f1(own) - macro_f1(other)
    return Metric(
        name="macro_f1_difference",
        value=float(pooled),
        low=low,
        high=high,
        people_mean=float(gaps.mean()),
        people_sd=float(gaps.std(ddof=1)) if len(gaps) > 1 else None,
    )
