"""The rivals' picture and table say what was measured."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from peers_view import picture, rows

SLOW = {"report_p50_ms": 400.0, "report_p99_ms": 812.0, "cpu_ms_per_s": 350.0}
FAST = {"report_p50_ms": 0.9, "report_p99_ms": 1.8, "cpu_ms_per_s": 0.41}
REST = {"import_s": 0.5, "rss_mb": 40.0, "install_mb": 150.0}
SYSTEMS = {"edge-emotion <int8>": {**FAST, **REST}, "notebook": {**SLOW, **REST}}


def test_the_picture_is_valid_and_a_slower_system_has_the_longer_bar() -> None:
    root = ElementTree.fromstring(picture(SYSTEMS))
    bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("class") in ("ours", "bar")]
    fast, slow, *_ = (float(bar.attrib["width"]) for bar in bars)
    assert [bar.get("class") for bar in bars] == ["ours", "bar"] * 2
    assert fast < slow / 2


def test_cells_hold_two_figures() -> None:
    assert rows(SYSTEMS)[0][1:3] == ["0.9 / 1.8 ms", "0.41 ms"]
    assert rows(SYSTEMS)[1][1] == "400 / 812 ms"
