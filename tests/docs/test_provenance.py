"""Where the README says that a figure comes from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from tables import taken_at


@pytest.mark.parametrize(
    ("commit", "told"),
    [("83d3aeba548c7cb5703a", "83d3aeb"), ("83d3aeba548c7cb5703a+changes", "83d3aeb+changes")],
)
def test_a_tree_with_changes_is_told(commit: str, told: str) -> None:
    assert taken_at(commit) == told
