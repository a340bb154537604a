"""The rivals as a table and as a picture, from one saved run of benchmarks/peers.py."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from pages import RESULTS, prose, result, table

Systems = Mapping[str, Mapping[str, float]]

OURS = "edge-emotion"
HEAD = (
    "a report each second over 60 s",
    "report, p50 / p99",
    "CPU per second of signal",
    "import and load",
    "memory",
    "installed",
)
PANELS = (
    ("report, ms: p50, line to p99", "report_p50_ms", "report_p99_ms"),
    ("CPU per second of signal, ms", "cpu_ms_per_s", None),
)
WIDTH, LEFT, RIGHT, ROW, TOP, BETWEEN = 860, 300, 90, 22, 34, 26
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.head{font-weight:600}.value{font-size:12px;fill:#59636e}"
    ".bar{fill:#8c959f}.ours{fill:#1f883d}.tail{stroke:#59636e;stroke-width:2}.grid{stroke:#d1d9e0}.paper{fill:#fff}"
    "@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.value{fill:#9198a1}.bar{fill:#656c76}.ours{fill:#3fb950}"
    ".tail{stroke:#9198a1}.grid{stroke:#3d444d}.paper{fill:#0d1117}}"
)


PICTURE = RESULTS.parent.parent / "docs" / "images" / "peers.svg"


def measured() -> bool:
    """Whether there is a saved run."""
    return (RESULTS / "peers.json").is_file()


def rivals() -> str:
    """What else there is, in the same run."""
    found = result("peers")
    return "\n\n".join(
        [
            table(HEAD, rows(found["systems"])),
            "![Latency and CPU of each system, on logarithmic axes](docs/images/peers.svg)",
            prose(
                f"Each in a process of its own, in turns, one thread, on {found['context']['cpu']}.",
                '"Our chain" is this project\'s signal chain around another way to run the same network.',
                "synheart-emotion is given intervals between beats, which the others find themselves.",
                "The notebook runs `ecg_process`, `hrv_time` and `eda_process` over the last minute again each second,",
                "and a logistic regression.",
            ),
        ]
    )


def rows(systems: Systems) -> list[list[str]]:
    """Cells of the table, one system a row."""
    return [
        [
            name,
            f"{_short(found['report_p50_ms'])} / {_short(found['report_p99_ms'])} ms",
            f"{_short(found['cpu_ms_per_s'])} ms",
            f"{found['import_s']:.2f} s",
            f"{found['rss_mb']:.0f} MB",
            f"{found['install_mb']:.0f} MB",
        ]
        for name, found in systems.items()
    ]


def picture(systems: Systems) -> str:
    """An SVG with a bar for each system, on logarithmic axes; it follows the reader's light or dark page."""
    body: list[str] = []
    at = 0
    for title, key, tail in PANELS:
        body += _panel(systems, title, key, tail, at)
        at += TOP + ROW * len(systems) + BETWEEN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {at}" width="{WIDTH}" height="{at}" role="img" '
        f'aria-label="{escape("; ".join(panel[0] for panel in PANELS))}"><style>{STYLE}</style>'
        f'<rect class="paper" width="100%" height="100%"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _panel(systems: Systems, title: str, key: str, tail: str | None, top: int) -> Iterator[str]:
    values = [found[name] for found in systems.values() for name in (key, tail) if name]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(value) - low) / max(high - low, 1)

    yield f'<text class="head" x="12" y="{top + 20}">{escape(title)}</text>'
    bottom = top + TOP + ROW * len(systems)
    for power in range(low, high + 1):
        yield f'<line class="grid" x1="{x(10.0**power):.1f}" x2="{x(10.0**power):.1f}" y1="{top + TOP - 6}" y2="{bottom}"/>'
        yield f'<text class="value" x="{x(10.0**power):.1f}" y="{top + 20}" text-anchor="middle">{10.0**power:g}</text>'
    for number, (name, found) in enumerate(systems.items()):
        y = top + TOP + ROW * number
        end = x(found[key])
        kind = "ours" if name.startswith(OURS) else "bar"
        yield f'<text x="12" y="{y + 13}">{escape(name)}</text>'
        yield f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{max(end - LEFT, 1):.1f}" height="{ROW - 6}"/>'
        if tail:
            end = x(found[tail])
            yield f'<line class="tail" x1="{x(found[key]):.1f}" x2="{end:.1f}" y1="{y + 8}" y2="{y + 8}"/>'
        told = _told(found, [key] if tail is None else [key, tail])
        yield f'<text class="value" x="{end + 6:.1f}" y="{y + 13}">{told}</text>'


def _told(found: Mapping[str, float], keys: Sequence[str]) -> str:
    return " / ".join(_short(found[key]) for key in keys)


def _short(value: float) -> str:
    """Two figures that say something."""
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"
