"""A progress bar with the time left on a terminal, nothing on a pipe or in a worker."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


def on_terminal() -> bool:
    """Whether someone watches standard error; of several processes only the first speaks."""
    first = multiprocessing.parent_process() is None and os.environ.get("RANK", "0") == "0"
    return first and sys.stderr.isatty()


def track(items: Iterable[Item], description: str, total: int) -> Iterator[Item]:
    """Pass ``items`` through, showing how many of ``total`` are done."""
    with bar(description, total) as show:
        for done, item in enumerate(items, 1):
            show(done)
            yield item


@contextmanager
def bar(description: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar; call what it gives with the number that is done. Without a description there is none."""
    if not description or not on_terminal():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=total)
        yield lambda done: progress.update(task, completed=done)
