"""How work is done, apart from what is computed: no result depends on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from edge_emotion_train.fanout import FanOut, Serial
from edge_emotion_train.learning.machine import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Means of a fit or a board.

    Parameters
    ----------
    fan_out
        For what can be done side by side: folds, inner parts, candidates.
    keep
        Folder for checkpoints, logs and finished folds, from which a killed run goes on; ``None`` keeps nothing.
    machine
        For one fit.
    """

    fan_out: FanOut = field(default_factory=Serial)
    keep: Path | None = None
    machine: Machine = field(default_factory=Machine)
