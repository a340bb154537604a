"""Sections that look across boards: stages of calibration, robustness, ablations, other data sets, own rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_emotion_train.evaluation.robustness_panel import RobustnessPanel
from edge_emotion_train.report import markup
from edge_emotion_train.report.charts import interval
from edge_emotion_train.report.charts.bars import condition_rows
from edge_emotion_train.report.charts.base import MISSING, bounds, chance, exact
from edge_emotion_train.report.charts.curves import calibration_caption, minutes_curve, reliability_diagram
from edge_emotion_train.report.extras import CrossCell, CurvePoint
from edge_emotion_train.report.figures import BoardFigures
from edge_emotion_train.report.stages import Stages
from edge_emotion_train.report.verdicts import ablations


def stages_section(stages: Stages | None, classes: int) -> str:
    """The finished model on its held-out windows."""
    if stages is None:
        return ""
    text = f"The finished model on the {stages.windows} windows of {stages.people} people that it was never trained on."
    if stages.engine:
        text += (
            f" {stages.engine} names the same class in {stages.label_agreement:.2%} of them; macro-F1 "
            f"{exact(stages.macro_f1[0])} as trained, {exact(stages.macro_f1[1])} quantised."
        )
    charts = [
        markup.picture(
            d.stage[0].upper() + d.stage[1:],
            reliability_diagram(d, classes),
            calibration_caption(d),
        )
        for d in stages.diagrams
    ]
    return markup.section(
        "stages", "Is it as sure as it should be?", markup.paragraph(text, "sub"), markup.grid(*charts)
    )


def robustness_section(panel: RobustnessPanel | None) -> str:
    """What is left when signals go wrong."""
    if panel is None:
        return ""
    clean = panel.conditions[0]
    text = (
        f"Signals of {len(panel.people)} held-out people were spoiled from the first second on, the wearer's rest included, and "
        f"run through the true chain; {clean.windows} windows in each condition. Macro-F1 is of what is still said."
    )
    legend = markup.key(
        ("all together", "own"), ("one person", "other"), ("share abstained, from the right", "count")
    )
    groups = dict.fromkeys(c.group for c in panel.conditions[1:])
    at = math.nan if clean.macro_f1 is None else clean.macro_f1
    charts = [
        markup.picture(group, condition_rows([clean, *(c for c in panel.conditions if c.group == group)], at))
        for group in groups
    ]
    rows = [(c.group, c.name, exact(c.macro_f1), f"{c.abstained:.1%}") for c in panel.conditions]
    table = markup.table(
        ("what", "how much", "macro-F1 of what is said", "abstained"), rows, "robustness figures"
    )
    return markup.section(
        "robustness", "When signals go wrong", markup.paragraph(text, "sub"), legend, markup.grid(*charts),
        markup.more("The same as a table", table),
    )  # fmt: skip


def ablation_section(boards: Sequence[BoardFigures]) -> str:
    """The network against itself, less a part."""
    parts = []
    for board in boards:
        found = ablations(board)
        if not found:
            continue
        scale = interval.scale_of([c.difference for c in found], mark=0.0)
        head = ("without", "what the part is worth", interval.head(scale), "95 % interval", "p after Holm")
        rows = [
            (
                c.baseline,
                exact(c.difference.value),
                interval.cell(scale, c.difference, "own" if c.difference.low > 0 else "other"),
                bounds(c.difference),
                chance(c.p_holm),
            )
            for c in found
        ]
        parts.append(
            f"<h3>{board.board}</h3>"
            + markup.table(head, rows, f"ablations on {board.board}", raw=frozenset({2}))
        )
    if not parts:
        text = (
            "No ablation was recorded in this run: edge-emotion train --evaluate loso --ablations makes them."
        )
        parts = [markup.paragraph(text, "dim")]
    return markup.section("ablations", "What each part is worth", *parts)


def cross_section(cells: Sequence[CrossCell]) -> str:
    """Trained on rows, tested on columns."""
    if not cells:
        return ""
    tested = list(dict.fromkeys(c.tested_on for c in cells))
    by_place = {(c.trained_on, c.system, c.tested_on): c.macro_f1 for c in cells}
    rows = []
    for trained, system in dict.fromkeys((c.trained_on, c.system) for c in cells):
        found = [by_place.get((trained, system, name)) for name in tested]
        rows.append(
            (
                trained,
                system,
                *(
                    MISSING if m is None else f"{exact(m.value)} [{exact(m.low)}, {exact(m.high)}]"
                    for m in found
                ),
            )
        )
    table = markup.table(
        ("trained on", "system", *(f"tested on {t}" for t in tested)), rows, "across data sets"
    )
    return markup.section(
        "cross",
        "Across data sets",
        markup.paragraph("Macro-F1 with 95 % intervals over people.", "sub"),
        table,
    )


def curve_section(points: Sequence[CurvePoint]) -> str:
    """What minutes of own rest are worth."""
    if not points:
        return ""
    charts = []
    for board, system in dict.fromkeys((p.board, p.system) for p in points):
        own = sorted(
            ((p.minutes, p.macro_f1) for p in points if (p.board, p.system) == (board, system)),
            key=lambda p: p[0],
        )
        charts.append(markup.picture(f"{system} on {board}", minutes_curve(own, board)))
    return markup.section("curve", "What the wearer's own rest is worth", markup.grid(*charts))
