"""Two runs against each other: is the difference of medians larger than the noise?

Noise of a run is how far the medians of its repeats lie apart: 1.4826 times their median absolute deviation, which is the
standard deviation where they are normal. A difference counts when it is larger than three standard deviations of both runs
together and than 2 %: repeats of one run share a machine's mood, so their spread alone is too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from edge_emotion.profiling.result import Cell, Result

DEVIATIONS = 3.0
LEAST_SHARE = 0.02
LEAST_REPEATS = 3
_TO_SD = 1.4826

Word = Literal["faster", "slower", "same", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One cell in both runs; ``undecided`` where either has too few repeats to know its noise."""

    key: str
    before_ms: float
    now_ms: float
    noise_ms: float
    word: Word

    @property
    def change(self) -> float:
        """Share; below zero is faster."""
        return self.now_ms / self.before_ms - 1


def compare(before: Result, now: Result) -> tuple[Comparison, ...]:
    """Cells that both have, in the order of the newer."""
    known = {c.key: c for c in before.cells}
    return tuple(_compared(known[c.key], c) for c in now.cells if c.key in known)


def differences(before: Result, now: Result) -> tuple[str, ...]:
    """What else differs, so that a verdict may mean something else than the code."""
    told = []
    for name in ("board", "cpu", "kernel", "python", "versions", "bundle_sha256"):
        old, new = getattr(before.context, name), getattr(now.context, name)
        if old != new:
            told.append(f"{name} differs: {_short(old)} before, {_short(new)} now")
    if before.mode != now.mode:
        told.append(f"mode differs: {before.mode} before, {now.mode} now")
    told += [f"the older run: {remark}" for remark in before.remarks]
    told += [f"the newer run: {remark}" for remark in now.remarks]
    return tuple(told)


def overall(compared: Sequence[Comparison]) -> Word:
    """One word for all: slower if any is; else faster if any is; undecided if nothing is known."""
    words = {c.word for c in compared}
    for word in ("slower", "faster", "same"):
        if word in words:
            return word
    return "undecided"


def noise_ms(repeats_ms: Sequence[float]) -> float:
    """Robust standard deviation of the repeats' medians."""
    middle = median(repeats_ms)
    return _TO_SD * median(abs(r - middle) for r in repeats_ms)


def _compared(before: Cell, now: Cell) -> Comparison:
    old, new = before.times.repeats_ms, now.times.repeats_ms
    old_ms, new_ms = median(old), median(new)
    noise = math.hypot(noise_ms(old), noise_ms(new))
    limit_ms = max(DEVIATIONS * noise, LEAST_SHARE * old_ms)
    word: Word = "same"
    if min(len(old), len(new)) < LEAST_REPEATS:
        word = "undecided"
    elif abs(new_ms - old_ms) > limit_ms:
        word = "slower" if new_ms > old_ms else "faster"
    return Comparison(key=now.key, before_ms=old_ms, now_ms=new_ms, noise_ms=noise, word=word)


def _short(value: object) -> str:
    return str(value)[:60]
