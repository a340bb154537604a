"""Small pieces of SVG: a frame that maps figures to pixels, axes, lines, areas. Text is escaped here and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from edge_emotion.sinks.wording import clock_text

Point = tuple[float, float]

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1000.0, 62.0, 14.0, 18.0, 24.0
_TIME_STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A plot area: data in [x_low, x_high] × [y_low, y_high], ``width`` × ``height`` pixels with its margins."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    height: float
    width: float = WIDTH
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM

    def x(self, value: float) -> float:
        share = (value - self.x_low) / ((self.x_high - self.x_low) or 1.0)
        return self.left + share * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        share = (value - self.y_low) / ((self.y_high - self.y_low) or 1.0)
        return self.top + (1 - share) * (self.height - self.top - self.bottom)

    def at(self, point: Point) -> str:
        return f"{self.x(point[0]):.1f},{self.y(point[1]):.1f}"


def document(frame: Frame, title: str, parts: Iterable[str]) -> str:
    """A whole SVG image with a title for screen readers."""
    size = f'viewBox="0 0 {frame.width:g} {frame.height:g}"'
    return f'<svg {size} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def text(x: float, y: float, content: str, css: str = "", anchor: str = "start") -> str:
    """A piece of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(content)}</text>'


def rectangle(frame: Frame, low: Point, high: Point, css: str) -> str:
    """The rectangle between two corners given in data."""
    left, right = sorted((frame.x(low[0]), frame.x(high[0])))
    top, bottom = sorted((frame.y(low[1]), frame.y(high[1])))
    size = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return f'<rect x="{left:.1f}" y="{top:.1f}" {size} class="{css}"/>'


def line(frame: Frame, points: Sequence[Point], css: str, gap: float = math.inf) -> str:
    """A line through the points, broken at nan and where two are further apart than ``gap``."""
    path: list[str] = []
    before: Point | None = None
    for point in points:
        if math.isnan(point[1]):
            before = None
            continue
        broken = before is None or point[0] - before[0] > gap
        path.append(f"{'M' if broken else 'L'}{frame.at(point)}")
        before = point
    return f'<path d="{"".join(path)}" class="{css}"/>' if path else ""


def area(frame: Frame, lower: Sequence[Point], upper: Sequence[Point], css: str) -> str:
    """The area between two lines over the same x."""
    outline = [*upper, *reversed(lower)]
    return f'<path d="M{"L".join(frame.at(p) for p in outline)}Z" class="{css}"/>' if outline else ""


def axes(frame: Frame, unit: str, y_ticks: Sequence[float]) -> list[str]:
    """Grid lines, tick labels, the unit of y; x is time since the beginning."""
    parts = []
    for value in y_ticks:
        y = frame.y(value)
        parts.append(f'<path d="M{frame.left:g},{y:.1f}H{frame.width - frame.right:g}" class="grid"/>')
        parts.append(text(frame.left - 6, y + 4, f"{value:g}", "tick", "end"))
    for value in time_ticks(frame.x_low, frame.x_high):
        x = frame.x(value)
        parts.append(f'<path d="M{x:.1f},{frame.height - frame.bottom}v4" class="grid"/>')
        parts.append(text(x, frame.height - 6, clock_text(value), "tick", "middle"))
    parts.append(text(frame.left, frame.top - 6, unit, "tick"))
    return parts


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round values within [low, high], about ``count`` of them."""
    span = high - low
    if not span > 0:
        return [low]
    step = 10 ** math.floor(math.log10(span / count))
    while span / step > count * 1.5:
        step *= 2 if round(math.log10(step), 9) % 1 == 0 else 2.5
    first = math.ceil(low / step)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def time_ticks(low_s: float, high_s: float, count: int = 10) -> list[float]:
    """Round times within [low_s, high_s], at most ``count`` and one."""
    step = next((s for s in _TIME_STEPS_S if (high_s - low_s) / s <= count), _TIME_STEPS_S[-1])
    return [float(i * step) for i in range(math.ceil(low_s / step), math.floor(high_s / step) + 1)]


def span(values: Iterable[float], least: float) -> tuple[float, float]:
    """Range of the finite values with a margin, at least ``least`` wide."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 0.0, least
    low, high = min(finite), max(finite)
    margin = max(0.06 * (high - low), (least - (high - low)) / 2)
    return low - margin, high + margin
