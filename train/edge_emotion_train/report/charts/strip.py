"""One column a system, one dot a person: who is served well and who is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge_emotion.sinks.picture import svg
from edge_emotion_train.report.charts.base import axes, document, dot, exact, square_frame

MOST_SYSTEMS = 6
SPREAD = 0.3
ROOM = 36
"""Letters that fit below the axis in one line."""


def strip_plot(people: Sequence[str], figures: Mapping[str, Sequence[float]], accent: str) -> str:
    """Macro-F1 of every person by system, in the order of ``figures``; lines join a person's dots."""
    names = list(figures)[:MOST_SYSTEMS]
    frame = square_frame((-0.5, len(names) - 0.5), (0.0, 1.0))
    parts = axes(frame, ("", "macro-F1 of each person"), (), (0, 0.2, 0.4, 0.6, 0.8, 1))
    places = [
        [(i + _shift(k, len(people)), figures[name][k]) for i, name in enumerate(names)]
        for k in range(len(people))
    ]
    parts += [svg.line(frame, line, "thread") for line in places]
    crowded = sum(map(len, names)) > ROOM
    for i, name in enumerate(names):
        css = "own" if name == accent else "other"
        for k, person in enumerate(people):
            x, y = places[k][i]
            parts.append(dot(frame.x(x), frame.y(y), css, f"{person}, {name}: {exact(y)}", 3.2))
        mean = sum(figures[name]) / len(people)
        parts.append(
            f'<path d="M{frame.x(i - 0.36):.1f},{frame.y(mean):.1f}H{frame.x(i + 0.36):.1f}" class="mean"/>'
        )
        lower = 13 * (i % 2) if crowded else 0
        parts.append(svg.text(frame.x(i), frame.height - frame.bottom + 16 + lower, name, "tick", "middle"))
    return document(frame, f"macro-F1 of {len(people)} people by system", parts)


def _shift(index: int, count: int) -> float:
    """Spreads the dots of a column, the same way in every column."""
    return 0.0 if count < 2 else SPREAD * (2 * index / (count - 1) - 1)
