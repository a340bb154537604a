"""Verdicts on samples become verdicts in time, and those of filters that have not settled yet say so."""

from __future__ import annotations

from edge_emotion.signals.history import QualitySpan
from edge_emotion.signals.timing.timeline import Timeline
from edge_emotion.signals.verdict import SecondQuality
from edge_emotion.types import QualityReason

SETTLING_SCORE = 0.5
"""What is known while filters settle is right, but not all is known: half of it counts."""


def quality_spans(seconds: list[SecondQuality], timeline: Timeline, settled: int) -> list[QualitySpan]:
    """Verdicts in time; those before sample ``settled`` are of filters that have not settled yet."""
    duration_s = max(1, round(timeline.rate_hz)) / timeline.rate_hz
    spans: list[QualitySpan] = []
    for second in seconds:
        score, reasons = second.score, second.reasons
        if second.end_index <= settled:
            score, reasons = SETTLING_SCORE * score, (*reasons, QualityReason.SETTLING)
        end_ns = timeline.time_ns(second.end_index)
        spans.append(QualitySpan(end_ns, duration_s, score, reasons))
    return spans
