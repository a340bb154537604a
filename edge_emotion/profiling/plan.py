"""How much is measured."""

from __future__ import annotations

from typing import Literal

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A repeat ends when both ``runs`` and ``seconds`` are reached; ``warm_up`` runs come before and do not count."""

    mode: Literal["full", "quick"]
    warm_up: int
    runs: int
    seconds: float
    repeats: int


FULL = Plan(mode="full", warm_up=10, runs=100, seconds=10.0, repeats=5)
QUICK = Plan(mode="quick", warm_up=10, runs=100, seconds=0.2, repeats=2)
