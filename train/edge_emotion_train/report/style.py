"""Looks of the page: light and dark, by the reader's system or by choice, without a script."""

from __future__ import annotations

from importlib import resources


def style() -> str:
    """The style sheet, to go into the page's head."""
    return (
        (resources.files("edge_emotion_train.report") / "style.css")
        .read_text(encoding="utf-8")
        .replace("\n", "")
    )
