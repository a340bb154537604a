"""The section of one board: table with intervals, differences, people, confusion, calibration, abstention, attention."""

from __future__ import annotations

import re
from html import escape

from edge_emotion.bundle.manifest import BoardRow, Metric
from edge_emotion_train.evaluation.alarms import BASELINE_ROWS
from edge_emotion_train.evaluation.comparing import Comparison
from edge_emotion_train.report import markup
from edge_emotion_train.report.charts import interval
from edge_emotion_train.report.charts.bars import contribution_bars
from edge_emotion_train.report.charts.base import MISSING, bounds, chance, exact
from edge_emotion_train.report.charts.confusion import confusion_matrix
from edge_emotion_train.report.charts.curves import calibration_caption, reliability_diagram, risk_curve
from edge_emotion_train.report.charts.strip import strip_plot
from edge_emotion_train.report.figures import FINISHED, BoardFigures
from edge_emotion_train.report.verdicts import metric, people_text, value, verdicts

NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "auroc": "AUROC",
    "ece": "ECE-15",
    "brier": "Brier",
}


def anchor(board: BoardFigures) -> str:
    """Where the contents lead to."""
    return re.sub(r"[^a-z0-9]+", "-", f"board-{board.board}-{board.protocol[:24]}".lower()).strip("-")


def board_section(board: BoardFigures) -> str:
    """All of it; what needs a record of predictions is left out where there is none."""
    first = board.rows[0]
    parts = [
        markup.paragraph(
            f"{people_text(first.people)}, {first.windows} windows. {board.protocol.capitalize()}.", "sub"
        ),
        *(f'<p class="verdict {v.tone}">{escape(v.text)}</p>' for v in verdicts(board)),
        _rows(board),
        markup.more("All figures with their intervals, and mean ± sd over people", _all_figures(board)),
    ]
    if board.comparisons:
        parts.append(_differences(board))
    if not board.people:
        hint = "Predictions of these rows were not kept, so there is nothing more to draw: evaluate again."
        parts.append(markup.paragraph(hint, "dim"))
    parts.append(markup.grid(*_pictures(board)))
    return markup.section(anchor(board), f"Board {board.board}", *parts)


def _ordered(board: BoardFigures) -> list[BoardRow]:
    """Best first, clock and majority last."""
    return sorted(board.rows, key=lambda row: (row.system in BASELINE_ROWS, -value(row)))


def _rows(board: BoardFigures) -> str:
    rows = _ordered(board)
    empty = Metric(name="macro_f1", value=0.0, low=0.0, high=0.0)
    metrics = [metric(row) or empty for row in rows]
    scale = interval.scale_of(metrics)
    head = (
        "system",
        "macro-F1",
        interval.head(scale),
        "95 % interval",
        "balanced accuracy",
        "AUROC",
        "ECE-15",
    )
    body = [
        (
            row.system,
            exact(found.value),
            interval.cell(scale, found, "own" if row.system == board.system else "other"),
            bounds(found),
            exact(value(row, "balanced_accuracy")),
            exact(value(row, "auroc")),
            exact(value(row, "ece")),
        )
        for row, found in zip(rows, metrics, strict=True)
    ]
    own = next(i for i, row in enumerate(rows) if row.system == board.system)
    note = f"Accuracy of always naming the commonest class: {exact(rows[0].majority)}."
    if board.protocol.startswith(FINISHED):
        note += " Clock and majority learned from the judged people themselves, each left out in turn."
    table = markup.table(head, body, f"systems on {board.board}", own=own, raw=frozenset({2}))
    return table + markup.paragraph(note, "dim")


def _all_figures(board: BoardFigures) -> str:
    body = []
    for row in _ordered(board):
        for found in row.metrics:
            spread = (
                MISSING
                if found.people_sd is None
                else f"{exact(found.people_mean)} ± {exact(found.people_sd)}"
            )
            name = NAMES.get(found.name, found.name)
            body.append((row.system, name, exact(found.value), bounds(found), spread))
        for index, counts in enumerate(row.confusion):
            recall = counts[index] / (sum(counts) or 1)
            body.append((row.system, f"recall of {board.labels[index]}", exact(recall), "", ""))
    head = ("system", "figure", "pooled", "95 % over people", "people: mean ± sd")
    return markup.table(head, body, f"all figures of {board.board}")


def _differences(board: BoardFigures) -> str:
    scale = interval.scale_of([c.difference for c in board.comparisons], mark=0.0)
    head = (
        "less",
        "difference",
        interval.head(scale),
        "95 % interval",
        "better / worse",
        "Wilcoxon p",
        "after Holm",
    )
    rows = [_difference(c, scale) for c in board.comparisons]
    title = f"<h3>{escape(board.system)} minus each other row</h3>"
    note = (
        "Macro-F1; the interval draws the same people for both. Wilcoxon's signed-rank test is over each person's own macro-F1, "
        "corrected for the number of rows."
    )
    table = markup.table(head, rows, f"differences on {board.board}", raw=frozenset({2}))
    return title + table + markup.paragraph(note, "dim")


def _difference(comparison: Comparison, scale: interval.Scale) -> tuple[str, ...]:
    gap = comparison.difference
    return (
        comparison.baseline,
        exact(gap.value),
        interval.cell(scale, gap, "own" if gap.low > 0 else "other"),
        bounds(gap),
        f"{comparison.people_better} / {comparison.people_worse} people",
        chance(comparison.p),
        chance(comparison.p_holm),
    )


def _pictures(board: BoardFigures) -> list[str]:
    found = []
    own = board.row(board.system)
    if board.people_macro_f1:
        order = [row.system for row in _ordered(board)]
        mine = [board.system, *(name for name in order if name != board.system)]
        figures = {name: board.people_macro_f1[name] for name in mine}
        chart = strip_plot(board.people, figures, board.system)
        found.append(
            markup.picture(
                "Every person", chart, "A dot is a person, a thread joins the same person, a bar is the mean."
            )
        )
    if own is not None and own.confusion:
        chart = confusion_matrix(board.labels, own.confusion)
        found.append(
            markup.picture("What was said, by truth", chart, "Share of the true class, and windows.")
        )
    for diagram in board.stages:
        title = f"Reliability {diagram.stage}"
        caption = calibration_caption(diagram)
        found.append(markup.picture(title, reliability_diagram(diagram, len(board.labels)), caption))
    if board.risk is not None:
        risk = board.risk
        caption = (
            f"Area {exact(risk.aurc)} [{exact(risk.aurc_low)}, {exact(risk.aurc_high)}]. The large dot: the run's own threshold, "
            f"p ≥ {risk.threshold:g}, answers {risk.threshold_coverage:.0%} with {risk.threshold_risk:.1%} errors."
        )
        found.append(markup.picture("What abstaining buys", risk_curve(risk), caption))
    if board.contributions:
        chart = contribution_bars(board.labels, board.roles, board.contributions)
        caption = f"Mean share of each modality in the network's decision: {_shares(board)}. It tells where it looks, not why."
        found.append(markup.picture("Attention", chart, caption))
    return found


def _shares(board: BoardFigures) -> str:
    texts = []
    for label, shares in zip(board.labels, board.contributions, strict=True):
        parts = (f"{role} {share:.0%}" for role, share in zip(board.roles, shares, strict=True))
        texts.append(f"{label}: {', '.join(parts)}")
    return "; ".join(texts)
