"""Reliability, risk-coverage and personal calibration: curves with intervals over people."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_emotion.bundle.manifest import Metric
from edge_emotion.sinks.picture import svg
from edge_emotion_train.evaluation.abstaining import RiskCoverage
from edge_emotion_train.evaluation.reliability import Reliability
from edge_emotion_train.report.charts.base import axes, document, dot, exact, square_frame, upright

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def reliability_diagram(diagram: Reliability, classes: int) -> str:
    """Accuracy by confidence; the diagonal is what an honest model does; grey bars tell how many windows there are."""
    low = math.floor(10 / classes) / 10
    ticks = [
        t / 10 for t in range(round(low * 10), 11) if (t - round(low * 10)) % (1 if low >= 0.5 else 2) == 0
    ]
    frame = square_frame((low, 1.0), (0.0, 1.0))
    most = max((b.windows for b in diagram.bins), default=1)
    parts = axes(frame, ("confidence", "share that is right"), ticks, SHARES)
    for b in diagram.bins:
        height = 0.22 * b.windows / most
        parts.append(svg.rectangle(frame, (b.confidence - 0.012, 0), (b.confidence + 0.012, height), "count"))
    parts.append(svg.line(frame, [(low, low), (1.0, 1.0)], "diagonal"))
    parts.append(svg.line(frame, [(b.confidence, b.accuracy) for b in diagram.bins], "ownline"))
    for b in diagram.bins:
        parts.append(upright(frame, b.confidence, b.low, b.high, "bar own"))
        title = f"said {exact(b.confidence)}, was right {exact(b.accuracy)} in {b.windows} windows"
        parts.append(dot(frame.x(b.confidence), frame.y(b.accuracy), "own", title))
    return document(frame, f"reliability diagram, {diagram.stage}: ECE {exact(diagram.ece.value)}", parts)


def calibration_caption(diagram: Reliability) -> str:
    """Below a reliability diagram."""
    ece = diagram.ece
    return (
        f"ECE {exact(ece.value)} [{exact(ece.low)}, {exact(ece.high)}], Brier {exact(diagram.brier.value)}."
    )


def risk_curve(curve: RiskCoverage) -> str:
    """Error among answered windows by the share that is answered, its band over people, and the run's own threshold."""
    top = max(0.1, math.ceil(10 * max(h for h in curve.high if math.isfinite(h))) / 10)
    frame = square_frame((0.0, 1.0), (0.0, top))
    ticks = svg.ticks(0.0, top)
    parts = axes(frame, ("share of windows answered", "errors among them"), SHARES, ticks)
    lower, upper = (list(zip(curve.coverage, side, strict=True)) for side in (curve.low, curve.high))
    parts.append(svg.area(frame, lower, upper, "band"))
    parts.append(svg.line(frame, list(zip(curve.coverage, curve.risk, strict=True)), "ownline"))
    if math.isfinite(curve.threshold_risk):
        title = f"at p ≥ {curve.threshold:g}: {curve.threshold_coverage:.0%} answered, {curve.threshold_risk:.1%} errors"
        x, y = frame.x(curve.threshold_coverage), frame.y(curve.threshold_risk)
        parts.append(dot(x, y, "here", title, 5.5))
    return document(frame, f"risk-coverage curve, area {exact(curve.aurc)}", parts)


def minutes_curve(points: Sequence[tuple[float, Metric]], what: str) -> str:
    """Macro-F1 by minutes of personal calibration."""
    high = max((m for m, _ in points), default=1.0)
    values = [v for _, metric in points for v in (metric.low, metric.high)]
    low_f1, high_f1 = svg.span(values, 0.1)
    frame = square_frame((-0.04 * high, 1.04 * high), (low_f1, high_f1))
    parts = axes(
        frame, ("minutes of own rest", "macro-F1"), sorted({m for m, _ in points}), svg.ticks(low_f1, high_f1)
    )
    parts.append(svg.line(frame, [(m, metric.value) for m, metric in points], "ownline"))
    for minutes, metric in points:
        parts.append(upright(frame, minutes, metric.low, metric.high, "bar own"))
        parts.append(
            dot(frame.x(minutes), frame.y(metric.value), "own", f"{minutes:g} min: {exact(metric.value)}")
        )
    return document(frame, f"macro-F1 by minutes of personal calibration, {what}", parts)
