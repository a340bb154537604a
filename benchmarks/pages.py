"""Saved results as Markdown: what the pages of figures share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def result(name: str) -> dict[str, Any]:
    """A saved benchmark."""
    loaded: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


BEGIN, END = "<!-- measured:", "<!-- /measured -->"


def with_section(page: str, fresh: str) -> str:
    """``page`` with ``fresh`` between its markers."""
    begin = page.index("-->", page.index(BEGIN)) + len("-->")
    return f"{page[:begin]}\n\n{fresh}\n\n{page[page.index(END) :]}"


def prose(*pieces: str) -> str:
    """One paragraph."""
    return " ".join(pieces)
