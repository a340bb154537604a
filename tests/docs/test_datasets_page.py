"""docs/datasets.md names every set that the code knows, and what its licence allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_emotion_train.datasets import DATASETS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(DATASETS))
def test_every_set_has_its_row(name: str) -> None:
    (row,) = [line.split("|") for line in PAGE.splitlines() if line.startswith(f"| `{name}` ")]
    allowed = row[4].split(":")[0].strip()
    assert allowed == {True: "yes", False: "no"}[DATASETS[name].info.weights_may_ship] or name == "recordings"
