"""What a judge of raw samples says about a second."""

from __future__ import annotations

from typing import NamedTuple

from edge_emotion.types import QualityReason

Verdict = tuple[float, tuple[QualityReason, ...]]


class SecondQuality(NamedTuple):
    """Verdict on the block that ends before sample ``end_index``.

    A named tuple because one is made every second of every signal, and a frozen dataclass takes four times as long.
    """

    end_index: int
    score: float
    reasons: tuple[QualityReason, ...]
