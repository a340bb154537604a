"""The README's figures are those of the saved benchmarks and the shipped bundle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def check(*argv: str, script: str = "tables.py") -> int:
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--check", *argv]
    return subprocess.run(command, check=False, timeout=60).returncode


def test_the_figures_are_the_measured_ones() -> None:
    assert check() == 0


def test_the_boards_are_the_measured_ones() -> None:
    assert check(script="boards_page.py") == 0


def test_the_exports_are_the_measured_ones() -> None:
    assert check(script="export_page.py") == 0


def test_a_figure_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    changed = tmp_path / "README.md"
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    begin = text.index("<!-- measured:")
    digit = next(i for i in range(text.index("95 %", begin) + 10, len(text)) if text[i].isdigit())
    changed.write_text(f"{text[:digit]}{(int(text[digit]) + 1) % 10}{text[digit + 1 :]}", encoding="utf-8")
    assert check("--readme", str(changed)) == 1


@pytest.mark.parametrize("picture", ["live.svg", "session.png"])
def test_pictures_are_there_and_small(picture: str) -> None:
    size = (ROOT / "docs" / "images" / picture).stat().st_size
    assert 1_000 < size < 400_000
