"""The page around the panels: one self-contained HTML file, light and dark, no script, nothing fetched."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from edge_emotion.sinks.picture import panels
from edge_emotion.sinks.picture.collected import Collected
from edge_emotion.sinks.wording import ABSTENTION_TEXT, clock_text
from edge_emotion.types import Abstention

NOT_MEDICAL = (
    "Edge-emotion is not a medical device. What it shows is a statistical guess from body signals, not a diagnosis and not a "
    "reading of anybody's mind."
)

_STYLE = """
:root{--ink:#1c2530;--dim:#5c6773;--grid:#e3e7eb;--paper:#fff;--cardiac:#c2323f;--skin:#1668a8;--tonic:#d98a1f;--phase:#8a94a0;
--good:#7fbf8e;--fair:#e8c15a;--poor:#d9534f;--unknown:#d5dadf;--l0:#8fbcd9;--l1:#e07b5a;--l2:#b6a5d6;--l3:#9cc98f;--l4:#e3c567}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaee;--dim:#9aa5b1;--grid:#2d3640;--paper:#12171c;--cardiac:#ff7a84;--skin:#6db8f2;
--tonic:#f2b35e;--phase:#75808c;--good:#3f7d50;--fair:#a5842b;--poor:#b23c38;--unknown:#38424d;--l0:#31607e;--l1:#b4543a;
--l2:#6d5b96;--l3:#4f7d45;--l4:#8c7530}}
body{background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif;max-width:1040px;margin:24px auto}
body{padding:0 16px}
h1{font-size:22px;margin:0 0 2px}h2{font-size:15px;margin:22px 0 2px}p{margin:2px 0;color:var(--dim)}svg{width:100%;display:block}
.key{font-size:13px;color:var(--dim)}.key i{display:inline-block;width:11px;height:11px;margin:0 5px 0 12px;border-radius:2px}
table{border-collapse:collapse;margin-top:8px}td,th{text-align:left;padding:3px 18px 3px 0;border-bottom:1px solid var(--grid)}
th{font-weight:500;color:var(--dim)}footer{margin-top:26px;border-top:1px solid var(--grid);padding-top:8px;font-size:13px}
path{fill:none;stroke-width:1.4}.grid{stroke:var(--grid);stroke-width:1}.tick{fill:var(--dim);font-size:11px}
.cardiac{stroke:var(--cardiac)}.skin{stroke:var(--skin)}.tonic{stroke:var(--tonic);stroke-width:2}.scr{stroke:var(--skin)}
.beat{fill:var(--cardiac)}.phase{stroke:var(--phase);stroke-dasharray:4 4}.phasename{fill:var(--dim);font-size:12px}
rect.good{fill:var(--good)}rect.fair{fill:var(--fair)}rect.poor{fill:var(--poor)}rect.unknown{fill:var(--unknown)}
.label0{fill:var(--l0)}.label1{fill:var(--l1)}.label2{fill:var(--l2)}.label3{fill:var(--l3)}.label4{fill:var(--l4)}
rect.abstained{fill:url(#hatch)}
"""

_HATCH = (
    '<svg width="0" height="0" style="position:absolute;width:0"><defs><pattern id="hatch" width="7" height="7" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--paper)" opacity=".55"/>'
    '<rect width="2" height="7" fill="var(--phase)"/></pattern></defs></svg>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the picture is of."""

    title: str
    subtitle: str


def page(heading: Heading, collected: Collected) -> str:
    """The whole file."""
    body = [
        f"<h1>{escape(heading.title)}</h1><p>{escape(heading.subtitle)}</p>",
        _HATCH,
        *_signal_sections(collected),
        *_report_sections(collected),
        "<h2>Summary</h2>",
        _summary(collected),
        f"<footer><p>{escape(NOT_MEDICAL)}</p></footer>",
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(heading.title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{"".join(body)}</body></html>\n'


def _signal_sections(collected: Collected) -> list[str]:
    parts = []
    if collected.strips.strips:
        parts += ["<h2>Raw cardiac signal, a few seconds of it</h2>", _key(("beat", "--cardiac"))]
        parts += [panels.strip_panel(collected, strip) for strip in collected.strips.strips]
    if len(collected.heart_bpm):
        parts += ["<h2>Heart rate</h2>", panels.heart_panel(collected)]
    if len(collected.skin_us):
        key = _key(
            ("conductance", "--skin"), ("tonic level", "--tonic"), ("ticks below: responses", "--skin")
        )
        parts += ["<h2>Skin conductance</h2>", key, panels.skin_panel(collected)]
    return parts


def _report_sections(collected: Collected) -> list[str]:
    if not len(collected.reports):
        return ["<p>No report was made: the session was too short.</p>"]
    quality_key = _key(("good", "--good"), ("fair", "--fair"), ("poor", "--poor"))
    label_key = _key(
        *((label, f"--l{i % 5}") for i, label in enumerate(collected.labels)),
        ("hatched: abstained", "--phase"),
    )
    return [
        "<h2>Signal quality, judged over each window</h2>",
        quality_key,
        panels.quality_panel(collected),
        "<h2>What the model says, calibrated and smoothed</h2>",
        label_key,
        panels.probability_panel(collected),
    ]


def _key(*entries: tuple[str, str]) -> str:
    items = "".join(f'<i style="background:var({colour})"></i>{escape(name)}' for name, colour in entries)
    return f'<p class="key">{items}</p>'


def _summary(collected: Collected) -> str:
    rows = [
        ("Length", clock_text(collected.end_s)),
        ("Beats", str(collected.beats)),
        ("Skin-conductance responses", str(collected.scrs.count)),
    ]
    rows += [(f"Reports: {_name(name)}", f"{share:.0%}") for name, share in collected.shares().items()]
    rows += [(f"Lost {modality}", f"{lost_s:.1f} s") for modality, lost_s in collected.lost_s.items()]
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _name(verdict: str) -> str:
    """A label as it is; a reason for abstaining in words."""
    if verdict in tuple(Abstention):
        return f"abstained ({ABSTENTION_TEXT[Abstention(verdict)]})"
    return verdict
