"""Contributions by class and the robustness panel: bars in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_emotion.sinks.picture import svg
from edge_emotion.sinks.picture.svg import Frame
from edge_emotion_train.evaluation.robustness_panel import ConditionResult
from edge_emotion_train.report.charts.base import WIDTH, dot, exact

LETTER = 7.0
"""Width of a letter: a name that does not fit into its bar is left out; the caption has all shares."""


def contribution_bars(labels: Sequence[str], roles: Sequence[str], shares: Sequence[Sequence[float]]) -> str:
    """Mean share of each modality in the decision, by true class; shares of a class add up to one."""
    frame = _rows(len(labels), 44)
    parts = []
    for row, label in enumerate(labels):
        top = len(labels) - row
        parts.append(svg.text(frame.left - 8, frame.y(top - 0.5) + 4, label, "tick", "end"))
        reached = 0.0
        for index, share in enumerate(shares[row]):
            end = reached + share
            parts.append(svg.rectangle(frame, (reached, top - 0.82), (end, top - 0.18), f"role{index % 4}"))
            text = f"{roles[index]} {share:.0%}"
            if frame.x(end) - frame.x(reached) > LETTER * len(text):
                middle = frame.x((reached + end) / 2)
                parts.append(svg.text(middle, frame.y(top - 0.5) + 4, text, "onrole", "middle"))
            reached = end
    return svg.document(frame, "share of each modality by true class", parts)


def condition_rows(conditions: Sequence[ConditionResult], clean: float) -> str:
    """Per condition: abstention as a bar from the right, macro-F1 of what is still said as a dot, people as small dots."""
    frame = _rows(len(conditions), 30, left=150)
    parts = [
        f'<path d="M{frame.x(v):.1f},{frame.top:g}V{frame.height - frame.bottom:g}" class="grid"/>'
        for v in (0, 0.25, 0.5, 0.75, 1)
    ]
    parts += [
        svg.text(frame.x(v), frame.height - 4, f"{v:g}".replace("0.", "."), "tick", "middle")
        for v in (0, 0.25, 0.5, 0.75, 1)
    ]
    if math.isfinite(clean):
        parts.append(
            f'<path d="M{frame.x(clean):.1f},{frame.top:g}V{frame.height - frame.bottom:g}" class="mark"/>'
        )
    for row, condition in enumerate(conditions):
        top = len(conditions) - row
        y = frame.y(top - 0.5)
        parts.append(svg.text(frame.left - 8, y + 4, condition.name, "tick", "end"))
        parts.append(svg.rectangle(frame, (1 - condition.abstained, top - 0.86), (1, top - 0.14), "count"))
        for value in condition.people_macro_f1:
            if value is not None:
                parts.append(dot(frame.x(value), y, "other", f"one person: {exact(value)}", 2.4))
        if condition.macro_f1 is not None:
            title = f"{condition.name}: {exact(condition.macro_f1)}, abstained {condition.abstained:.0%}"
            parts.append(dot(frame.x(condition.macro_f1), y, "own", title, 4.5))
    return svg.document(frame, "macro-F1 and abstention under each condition", parts)


def _rows(count: int, pitch: float, left: float = 84.0) -> Frame:
    return Frame(
        x_low=0, x_high=1, y_low=0, y_high=count, height=24 + pitch * count, width=WIDTH, left=left, right=14, top=4, bottom=20
    )  # fmt: skip
