"""docs/bluetooth.md: every failure of its table has a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "bluetooth.md").read_text(encoding="utf-8")


def test_every_failure_has_a_test() -> None:
    rows = re.findall(r"^\| .* \| `([\w/.]+)::(\w+)` \|$", PAGE, re.MULTILINE)
    assert len(rows) == PAGE.count("\n| ") - 1
    for path, name in rows:
        assert f"def {name}(" in (TESTS / path).read_text(encoding="utf-8"), f"{path}::{name}"
