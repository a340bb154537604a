"""How the reports of a scripted session spread over its phases."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from edge_emotion.intervals import LabelledInterval
from edge_emotion.sinks import SinkItem
from edge_emotion.types import NS_PER_S, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseResult:
    """Reports whose window lies in one phase.

    Parameters
    ----------
    verdicts
        Number of reports by label or, where one abstained, by the reason.
    mean_probability
        By label, over the reports that have probabilities; empty when none has.
    """

    phase: LabelledInterval
    reports: int
    verdicts: dict[str, int]
    mean_probability: dict[str, float]


class PhaseTally:
    """Counts reports by the phase that their whole window lies in; windows across a border belong to neither side.

    Parameters
    ----------
    phases
        The script, in seconds from ``origin_ns``.
    origin_ns
        When the script began on the source's clock.
    """

    def __init__(self, phases: tuple[LabelledInterval, ...], origin_ns: int) -> None:
        self._phases = phases
        self._origin_ns = origin_ns
        self._verdicts = [Counter[str]() for _ in phases]
        self._sums: list[defaultdict[str, float]] = [defaultdict(float) for _ in phases]
        self._scored = [0] * len(phases)

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        if not isinstance(item, Report):
            return
        start_s = (item.start_ns - self._origin_ns) / NS_PER_S
        end_s = (item.end_ns - self._origin_ns) / NS_PER_S
        for i, phase in enumerate(self._phases):
            if phase.start_s <= start_s and end_s <= phase.end_s:
                self._verdicts[i][str(item.abstention or item.label)] += 1
                for label, share in item.probabilities.items():
                    self._sums[i][label] += share
                self._scored[i] += bool(item.probabilities)

    def close(self) -> None:
        """Nothing to finish."""

    def results(self) -> tuple[PhaseResult, ...]:
        """One result per phase, in order."""
        return tuple(
            PhaseResult(
                phase=phase,
                reports=sum(self._verdicts[i].values()),
                verdicts=dict(self._verdicts[i]),
                mean_probability={name: total / self._scored[i] for name, total in self._sums[i].items()},
            )
            for i, phase in enumerate(self._phases)
        )
