"""docs/recording.md as a reader follows it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from edge_emotion.cli import main
from edge_emotion.recording.records import Kind

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "recording.md").read_text(encoding="utf-8")


def test_the_pages_commands_work_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines():
        assert main(shlex.split(line)[1:]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"recordings", "session.edf", "tables", "study"}


def test_the_page_names_every_kind_of_record() -> None:
    listed = PAGE.partition("Kinds:")[2]
    assert {int(n) for n in re.findall(r"(?<![\w(])(\d+) [a-z]", listed)} >= set(Kind)
