"""A confusion matrix: shares of each true class, with counts."""

from __future__ import annotations

from collections.abc import Sequence

from edge_emotion.sinks.picture import svg
from edge_emotion.sinks.picture.svg import Frame
from edge_emotion_train.report.charts.base import WIDTH


def confusion_matrix(labels: Sequence[str], confusion: Sequence[Sequence[int]]) -> str:
    """Rows are the truth, columns what was said."""
    count = len(labels)
    frame = Frame(
        x_low=0, x_high=count, y_low=0, y_high=count, height=86 + 58 * count, width=WIDTH, left=96, right=14, top=46, bottom=14
    )  # fmt: skip
    parts = [svg.text((frame.left + WIDTH - frame.right) / 2, 16, "said", "axis", "middle")]
    for column, label in enumerate(labels):
        parts.append(svg.text(frame.x(column + 0.5), 38, label, "tick", "middle"))
    for row, label in enumerate(labels):
        total = sum(confusion[row]) or 1
        y = count - row
        parts.append(svg.text(frame.left - 8, frame.y(y - 0.5) + 4, label, "tick", "end"))
        for column, windows in enumerate(confusion[row]):
            share = windows / total
            parts.append(_cell(frame, column, y, share, "right" if row == column else "wrong"))
            css = "strong" if share > 0.55 else "label"
            parts.append(svg.text(frame.x(column + 0.5), frame.y(y - 0.5) + 1, f"{share:.0%}", css, "middle"))
            parts.append(
                svg.text(frame.x(column + 0.5), frame.y(y - 0.5) + 17, f"{windows}", f"{css} small", "middle")
            )
    return svg.document(frame, f"confusion matrix of {', '.join(labels)}; rows are the truth", parts)


def _cell(frame: Frame, column: int, top: int, share: float, css: str) -> str:
    x, y = frame.x(column + 0.02), frame.y(top - 0.02)
    size = f'width="{frame.x(column + 0.98) - x:.1f}" height="{frame.y(top - 0.98) - y:.1f}" rx="5"'
    background = f'<rect x="{x:.1f}" y="{y:.1f}" {size} class="empty"/>'
    return background + f'<rect x="{x:.1f}" y="{y:.1f}" {size} class="{css}" fill-opacity="{share:.3f}"/>'
