"""Dot and interval in a cell of a table: all rows of a table share one scale, drawn in its head."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from edge_emotion.bundle.manifest import Metric
from edge_emotion.sinks.picture import svg
from edge_emotion_train.report.charts.base import dot, exact, figure

WIDTH, HEIGHT, MARGIN = 230.0, 22.0, 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the cells' x means; ``mark`` is drawn through all of them."""

    low: float
    high: float
    step: float
    mark: float | None = None

    def x(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return MARGIN + share * (WIDTH - 2 * MARGIN)

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [round(self.low + i * self.step, 6) for i in range(count + 1)]


def scale_of(metrics: Iterable[Metric], *, mark: float | None = None) -> Scale:
    """Round ends that hold every interval; for shares, which have no ``mark``, up to 1."""
    found = list(metrics)
    values = [v for m in found for v in (m.low, m.high, m.value) if math.isfinite(v)] or [0.0]
    if mark is None:
        return Scale(low=max(0.0, math.floor(min(values) * 5) / 5), high=1.0, step=0.2)
    low, high = min(*values, mark - 0.02), max(*values, mark + 0.02)
    step = next((s for s in (0.02, 0.05, 0.1, 0.2, 0.5) if high - low <= 5 * s), 1.0)
    return Scale(low=math.floor(low / step) * step, high=math.ceil(high / step) * step, step=step, mark=mark)


def head(scale: Scale) -> str:
    """The scale's tick labels."""
    texts = [svg.text(scale.x(v), 14, figure(v), "tick", "middle") for v in scale.ticks()]
    return f'<svg viewBox="0 0 {WIDTH:g} 18" class="cell" aria-hidden="true">{"".join(texts)}</svg>'


def cell(scale: Scale, metric: Metric, css: str) -> str:
    """One row."""
    middle = HEIGHT / 2
    parts = [f'<path d="M{scale.x(v):.1f},0V{HEIGHT:g}" class="grid"/>' for v in scale.ticks()]
    if scale.mark is not None:
        parts.append(f'<path d="M{scale.x(scale.mark):.1f},0V{HEIGHT:g}" class="mark"/>')
    if math.isfinite(metric.low) and math.isfinite(metric.high):
        parts.append(
            f'<path d="M{scale.x(metric.low):.1f},{middle:g}H{scale.x(metric.high):.1f}" class="bar {css}"/>'
        )
    title = f"{exact(metric.value)} [{exact(metric.low)}, {exact(metric.high)}]"
    parts.append(dot(scale.x(metric.value), middle, css, title, 4.5))
    return f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" class="cell" aria-hidden="true">{"".join(parts)}</svg>'
