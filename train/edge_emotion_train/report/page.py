"""The page: one HTML file, nothing fetched, no script, light and dark."""

from __future__ import annotations

from html import escape

from edge_emotion_train.evaluation.alarms import CLOCK, MAJORITY
from edge_emotion_train.report import markup
from edge_emotion_train.report.boards import anchor, board_section
from edge_emotion_train.report.charts.base import MISSING, exact
from edge_emotion_train.report.figures import BoardFigures, ReportFigures
from edge_emotion_train.report.limits import limits
from edge_emotion_train.report.panels import (
    ablation_section,
    cross_section,
    curve_section,
    robustness_section,
    stages_section,
)
from edge_emotion_train.report.style import style
from edge_emotion_train.report.verdicts import metric, people_text, strongest, value, verdicts


def page(figures: ReportFigures) -> str:
    """The whole file."""
    title = f"{figures.run}: what it can do, and what not"
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style()}</style>"
    )
    sections = [
        _training(figures),
        *(board_section(board) for board in figures.boards),
        stages_section(figures.stages, len(figures.record.labels)),
        robustness_section(figures.robustness),
        ablation_section(figures.boards),
        cross_section(figures.cross),
        curve_section(figures.curve),
        markup.section("limits", "What it cannot do", markup.bullets(limits(figures))),
    ]
    body = (
        f'<a class="skip" href="#content">to the figures</a>{_header(figures)}'
        f'<main id="content">{_alarms(figures)}{"".join(sections)}</main>{_footer(figures)}'
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _header(figures: ReportFigures) -> str:
    record = figures.record
    family = record.model.__struct_config__.tag
    line = (
        f"{family}, {figures.parameters:,} parameters · {', '.join(record.labels)} · {record.signals.window_s:g} s windows "
        f"every {record.signals.hop_s:g} s · recipe {record.recipe}"
    )
    links = [("training", "training"), *((anchor(b), b.board) for b in figures.boards)]
    links += [(name, text) for name, text in _LATER if _has(figures, name)]
    contents = "".join(f'<a href="#{name}">{escape(text)}</a>' for name, text in links)
    choices = (("auto", "as the system"), ("light", "light"), ("dark", "dark"))
    themes = "".join(
        f'<label><input type="radio" name="theme" id="{name}"{" checked" if name == "auto" else ""}> {text}</label>'
        for name, text in choices
    )
    cards = "".join(_card(board) for board in figures.boards)
    return (
        f'<header><h1>{escape(figures.run)}</h1><p class="sub">{escape(line)}</p><nav aria-label="contents">{contents}</nav>'
        f'<fieldset aria-label="colours">{themes}</fieldset><div class="cards">{cards}</div></header>'
    )


_LATER = (
    ("stages", "calibration"),
    ("robustness", "robustness"),
    ("ablations", "ablations"),
    ("cross", "across data sets"),
    ("curve", "personal calibration"),
    ("limits", "limits"),
)


def _has(figures: ReportFigures, name: str) -> bool:
    there = {
        "stages": figures.stages,
        "robustness": figures.robustness,
        "cross": figures.cross,
        "curve": figures.curve,
    }
    return name in ("ablations", "limits") or bool(there[name])


def _card(board: BoardFigures) -> str:
    found, rival = metric(board.row(board.system)), strongest(board)
    figure = MISSING if found is None else exact(found.value)
    bounds = "" if found is None else f"[{exact(found.low)}, {exact(found.high)}]"
    beside = [("majority", value(board.row(MAJORITY))), ("clock alone", value(board.row(CLOCK)))]
    if rival is not None:
        beside.append((f"{rival.system}, strongest rival", value(rival)))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{exact(number)}</dd>" for name, number in beside)
    first, *others = verdicts(board)
    shown = [first, *(v for v in others if v.tone == "warn")]
    sentences = "".join(f'<p class="verdict {v.tone}">{escape(v.text)}</p>' for v in shown)
    return (
        f'<article class="card"><h3><a href="#{anchor(board)}">{escape(board.board)}</a></h3>'
        f'<div class="big">{figure} <small>{bounds}</small></div><p class="dim">macro-F1 of {escape(board.system)}, '
        f'{people_text(board.rows[0].people)}, 95 % interval; {escape(board.protocol)}</p><dl class="beside">{rows}</dl>'
        f"{sentences}</article>"
    )


def _alarms(figures: ReportFigures) -> str:
    if not figures.alarms:
        return ""
    return f'<div class="alarm" role="alert"><h2>Before you believe it</h2>{markup.bullets(figures.alarms)}</div>'


def _training(figures: ReportFigures) -> str:
    record = figures.record
    use = [(d.name, f"{d.people}", d.licence, d.citation) for d in record.training.datasets]
    data = markup.table(("learned from", "people", "licence", "citation"), use, "training data")
    held_out = ", ".join(record.training.held_out) or "nobody"
    facts = [
        ("held out", f"{held_out}: in no training, no calibration, no choice of a setting"),
        (
            "own rest",
            f"{record.normalisation.reference_s:g} s at the start of a session, frozen once it is complete",
        ),
        ("temperature", exact(record.decision.temperature) + ", fitted on training people left out in turn"),
        (
            "answers",
            f"from p {record.decision.minimum_probability:g}, quality {record.decision.minimum_quality:g} on",
        ),
        ("seed, source", f"{record.training.seed}, {record.training.git or 'not a git checkout'}"),
    ]
    more = markup.table(("", ""), facts, "settings").replace('class="scroll"', 'class="scroll facts"')
    return markup.section(
        "training", "What was trained on what", data.replace('class="scroll"', 'class="scroll facts"'), more
    )


def _footer(figures: ReportFigures) -> str:
    return (
        "<footer><p>Every interval is a bootstrap over people (2000 draws, 400 for risk-coverage). Made by "
        f"<code>edge-emotion report {escape(figures.run)}</code>; <code>--json</code> gives all figures.</p></footer>"
    )
