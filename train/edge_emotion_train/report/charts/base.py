"""What the charts share: a narrow frame, axes for plain numbers, dots with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from edge_emotion.bundle.manifest import Metric
from edge_emotion.sinks.picture import svg
from edge_emotion.sinks.picture.svg import Frame

WIDTH = 420.0
MISSING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"


def square_frame(x: tuple[float, float], y: tuple[float, float], height: float = 300.0) -> Frame:
    """A plot area with room for axis names."""
    return Frame(
        x_low=x[0], x_high=x[1], y_low=y[0], y_high=y[1], height=height,
        width=WIDTH, left=48, right=14, top=14, bottom=42,
    )  # fmt: skip


def axes(
    frame: Frame, names: tuple[str, str], x_ticks: Sequence[float], y_ticks: Sequence[float]
) -> list[str]:
    """Grid, tick labels, and the names of x and y."""
    parts = []
    bottom, right = frame.height - frame.bottom, frame.width - frame.right
    for value in y_ticks:
        parts.append(f'<path d="M{frame.left:g},{frame.y(value):.1f}H{right:g}" class="grid"/>')
        parts.append(svg.text(frame.left - 6, frame.y(value) + 4, figure(value), "tick", "end"))
    for value in x_ticks:
        parts.append(f'<path d="M{frame.x(value):.1f},{frame.top:g}V{bottom:g}" class="grid"/>')
        parts.append(svg.text(frame.x(value), bottom + 16, figure(value), "tick", "middle"))
    parts.append(svg.text((frame.left + right) / 2, frame.height - 6, names[0], "axis", "middle"))
    middle = (frame.top + bottom) / 2
    turned = f'transform="rotate(-90 12 {middle:.0f})" text-anchor="middle" class="axis"'
    parts.append(f'<text x="12" y="{middle:.0f}" {turned}>{escape(names[1])}</text>')
    return parts


def figure(value: float) -> str:
    """A number as readers of papers write it: .69, 1.0, 12; a dash where there is none."""
    if not math.isfinite(value):
        return MISSING
    if value and abs(value) < 1:
        text = f"{value:.3f}".rstrip("0") if abs(value) < 0.1 else f"{value:.2f}"
        return text.replace("0.", ".", 1).replace("-", _MINUS)
    return (
        f"{value:g}".replace("-", _MINUS)
        if float(value).is_integer()
        else f"{value:.2f}".replace("-", _MINUS)
    )


def exact(value: float | None) -> str:
    """Three decimals; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:.3f}".replace("0.", ".", 1).replace("-", _MINUS)


def chance(p: float) -> str:
    """A p value; the smallest ones are only bounded."""
    return "< .001" if p < 0.001 else exact(p)


def bounds(metric: Metric) -> str:
    """The interval of a figure."""
    return f"{exact(metric.low)} to {exact(metric.high)}"


def dot(x: float, y: float, css: str, title: str, radius: float = 4.0) -> str:
    """A dot with a text for pointer and screen reader."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="{css}"><title>{escape(title)}</title></circle>'


def upright(frame: Frame, x: float, low: float, high: float, css: str) -> str:
    """A vertical interval."""
    return f'<path d="M{frame.x(x):.1f},{frame.y(low):.1f}V{frame.y(high):.1f}" class="{css}"/>'


def document(frame: Frame, title: str, parts: Iterable[str]) -> str:
    """A whole chart."""
    return svg.document(frame, title, parts)
