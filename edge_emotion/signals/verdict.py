"""What a judge of raw samples says about a second."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion.types import QualityReason

Verdict = tuple[float, tuple[QualityReason, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondQuality:
    """Verdict on the block that ends before sample ``end_index``."""

    end_index: int
    score: float
    reasons: tuple[QualityReason, ...]
