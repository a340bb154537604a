"""A result as one self-contained HTML file: tables, latency histograms, roofline. No script, nothing fetched, light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from edge_emotion.profiling import view
from edge_emotion.profiling.compare import Comparison, overall
from edge_emotion.profiling.result import Cell, Result, Roofline
from edge_emotion.sinks.picture import svg
from edge_emotion.sinks.picture.svg import Frame

_STYLE = """
:root{--ink:#1c2530;--dim:#5c6773;--grid:#e3e7eb;--paper:#fff;--bar:#1668a8;--roof:#c2323f;--warn:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaee;--dim:#9aa5b1;--grid:#2d3640;--paper:#12171c;--bar:#6db8f2;--roof:#ff7a84;
--warn:#ff8a80}}
body{background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif;max-width:1040px;margin:24px auto}
body{padding:0 16px}
h1{font-size:22px;margin:0 0 2px}h2{font-size:16px;margin:26px 0 4px}h3{font-size:13px;font-weight:500;margin:12px 0 0}
p{margin:2px 0;color:var(--dim)}.warn{color:var(--warn)}.wide{overflow-x:auto}svg{width:100%;display:block}
table{border-collapse:collapse;font-size:13px}td{padding:3px 14px 3px 0;border-bottom:1px solid var(--grid);vertical-align:top}
tr.head td{color:var(--dim)}text{fill:var(--dim);font-size:11px}rect.bar{fill:var(--bar)}path{fill:none;stroke-width:1.4}
.grid{stroke:var(--grid);stroke-width:1}.roof{stroke:var(--roof);stroke-width:2}.p50{stroke:var(--roof)}circle{fill:var(--bar)}
"""
HISTOGRAM_HEIGHT, ROOF_HEIGHT = 120.0, 320.0


def page(result: Result, compared: Sequence[Comparison] = (), remarks: Sequence[str] = ()) -> str:
    """The whole file."""
    title = f"Benchmark of {result.context.bundle}"
    parts = [f"<h1>{escape(title)}</h1>", _mode(result)]
    parts += [f'<p class="warn">{escape(r)}</p>' for r in result.remarks]
    parts += ["<h2>Where</h2>", _table(view.context_rows(result.context))]
    parts += ["<h2>Times and memory</h2>", _table(view.cell_rows(result.cells), head=True)]
    parts += ["<h2>Latency, logarithmic, with the median</h2>", *map(_histogram, result.cells)]
    if result.stream:
        parts += ["<h2>Streaming in real time</h2>", _table(view.stream_rows(result.stream))]
    if result.roofline:
        parts += ["<h2>Roofline</h2>", _roofline(result.roofline)]
    parts += ["<h2>Energy</h2>", _table(view.energy_rows(result.energy))]
    if result.estimate:
        parts += ["<h2>Estimate, not a measurement</h2>", _table(view.estimate_rows(result.estimate))]
        parts += [f"<p>{escape(a)}</p>" for a in result.estimate.assumptions]
    if compared:
        parts += ["<h2>Against the baseline</h2>", _comparison(compared, remarks)]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{"".join(parts)}</body></html>\n'


def _mode(result: Result) -> str:
    if not result.valid:
        return '<p class="warn">This run is not valid; see below.</p>'
    said = "a quick look: too few repeats for a claim" if result.mode == "quick" else "full protocol"
    return f"<p>{said}</p>"


def _table(rows: Iterable[Sequence[str]], *, head: bool = False) -> str:
    lines = []
    for number, row in enumerate(rows):
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        lines.append(f'<tr class="head">{cells}</tr>' if head and number == 0 else f"<tr>{cells}</tr>")
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def _histogram(cell: Cell) -> str:
    held = cell.times.histogram
    edges = [math.log10(e) for e in held.edges_ms]
    frame = Frame(x_low=edges[0], x_high=edges[-1], y_low=0, y_high=max(held.counts), height=HISTOGRAM_HEIGHT)
    bars = [
        svg.rectangle(frame, (low, 0), (high, count), "bar")
        for low, high, count in zip(edges, edges[1:], held.counts, strict=False)
        if count
    ]
    x = frame.x(math.log10(cell.times.p50_ms))
    middle = f'<path d="M{x:.1f},{svg.TOP:g}V{frame.height - svg.BOTTOM:g}" class="p50"/>'
    told = (
        f"{cell.key}: p50 {cell.times.p50_ms:.3f} ms, p99 {cell.times.p99_ms:.3f} ms, {cell.times.runs} runs"
    )
    return f"<h3>{escape(told)}</h3>" + svg.document(frame, told, [*_log_ticks(frame, "ms"), *bars, middle])


def _roofline(roof: Roofline) -> str:
    ridge = roof.peak_gflops / roof.cache_gbytes_per_s
    xs = [ridge / 30, ridge * 30, *(p.flops_per_byte for p in roof.points)]
    ys = [
        roof.peak_gflops * 2,
        ridge / 30 * roof.cache_gbytes_per_s,
        *(p.achieved_gflops for p in roof.points),
    ]
    frame = Frame(
        x_low=math.log10(min(xs)),
        x_high=math.log10(max(xs)),
        y_low=math.log10(min(ys)),
        y_high=math.log10(max(ys)),
        height=ROOF_HEIGHT,
    )
    corners = [min(xs), ridge, max(xs)]
    line = [(math.log10(x), math.log10(min(roof.peak_gflops, x * roof.cache_gbytes_per_s))) for x in corners]
    parts = [*_log_ticks(frame, "FLOP per byte"), *_log_rows(frame), svg.line(frame, line, "roof")]
    for point in roof.points:
        x, y = frame.x(math.log10(point.flops_per_byte)), frame.y(math.log10(point.achieved_gflops))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        parts.append(svg.text(x + 8, y + 4, f"{point.key}, {point.share_of_roof:.0%} of the roof"))
    said = (
        f"Peaks are numpy's on one core in float32: {roof.peak_gflops:.1f} GFLOP/s, {roof.cache_gbytes_per_s:.1f} GB/s for "
        f"memory of the model's size, {roof.memory_gbytes_per_s:.1f} GB/s beyond the caches. Int8 kernels may lie above it."
    )
    return f"<p>{escape(said)}</p>" + svg.document(frame, "roofline", parts)


def _log_ticks(frame: Frame, unit: str) -> list[str]:
    parts = []
    for value in _decades(frame.x_low, frame.x_high):
        x = frame.x(math.log10(value))
        bottom = frame.height - svg.BOTTOM
        parts.append(f'<path d="M{x:.1f},{svg.TOP:g}V{bottom:g}" class="grid"/>')
        parts.append(svg.text(x, frame.height - 8, f"{value:g}", anchor="middle"))
    parts.append(svg.text(frame.width - svg.RIGHT, svg.TOP - 6, unit, anchor="end"))
    return parts


def _log_rows(frame: Frame) -> list[str]:
    parts = [svg.text(svg.LEFT, svg.TOP - 6, "GFLOP/s")]
    for value in _decades(frame.y_low, frame.y_high):
        y = frame.y(math.log10(value))
        parts.append(f'<path d="M{svg.LEFT:g},{y:.1f}H{frame.width - svg.RIGHT:g}" class="grid"/>')
        parts.append(svg.text(svg.LEFT - 6, y + 4, f"{value:g}", anchor="end"))
    return parts


def _decades(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten within [10^low, 10^high]; the powers alone where that would be crowded."""
    steps = (1, 2, 5) if high - low < 2 else (1,)
    found = [s * 10.0**d for d in range(math.floor(low), math.ceil(high) + 1) for s in steps]
    return [v for v in found if low <= math.log10(v) <= high]


def _comparison(compared: Sequence[Comparison], remarks: Sequence[str]) -> str:
    rows = [
        (
            c.key,
            f"{c.before_ms:.4f} ms",
            f"{c.now_ms:.4f} ms",
            f"{c.change:+.1%}",
            f"{c.noise_ms:.4f} ms",
            str(c.word),
        )
        for c in compared
    ]
    told = "".join(f'<p class="warn">{escape(r)}</p>' for r in remarks)
    head = ("cell", "before", "now", "change", "noise", "verdict")
    return f"<p>Verdict: {overall(compared)}</p>{told}" + _table([head, *rows], head=True)
