"""A report without a session."""

from __future__ import annotations

import math
from typing import Any

from edge_emotion.types import NS_PER_S, Abstention, Quality, QualityReason, Report, Role


def made_report(
    end_s: float, stress: float | None = 0.9, abstention: Abstention | None = None, **more: Any
) -> Report:
    """One that ends at ``end_s``; ``stress`` is its probability, ``None`` for one without inference."""
    shares = {} if stress is None else {"rest": 1 - stress, "stress": stress}
    label = None if abstention else max(shares, key=lambda name: shares[name])
    fields: dict[str, Any] = {
        "start_ns": round((end_s - 60) * NS_PER_S),
        "end_ns": round(end_s * NS_PER_S),
        "label": label,
        "abstention": abstention,
        "probabilities": shares,
        "contributions": {"cardiac": 0.25, "eda": 0.75} if shares else {},
        "quality": (
            Quality(role=Role.CARDIAC, index=0.95),
            Quality(role=Role.EDA, index=0.5, reasons=(QualityReason.FLAT,)),
        ),
        "heart_rate_bpm": 71.26,
        "rmssd_ms": 43.2,
        "eda_us": 2.5,
        "scr_per_min": 3.0,
        "data_age_ms": math.nan,
        "latency_ms": {"inference": 1.25},
    }
    return Report(**(fields | more))
