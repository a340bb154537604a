"""A progress bar on a terminal, nothing on a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def on_terminal() -> bool:
    """Whether someone watches standard error."""
    return sys.stderr.isatty()


def track(items: Iterable[Item], description: str, total: int) -> Iterator[Item]:
    """Pass ``items`` through, showing how many of ``total`` are done."""
    if not on_terminal():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(
        items, description=description, total=total, console=Console(stderr=True), transient=True
    )
