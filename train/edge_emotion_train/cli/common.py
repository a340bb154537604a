"""What the commands of this floor share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from edge_emotion.bundle.manifest import BoardRow

if TYPE_CHECKING:  # torch and lightning load for seconds: a command's --help must not wait for them
    from edge_emotion_train.preparation.pool import Place
    from edge_emotion_train.runs.sweeping import TrialResult


def add_place(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """``--data``, ``--cache``, ``--jobs``; not ``required`` where the command can also do without data."""
    parser.add_argument(
        "--data", type=Path, required=required, metavar="DIR", help="folder that holds the data sets"
    )
    parser.add_argument(
        "--cache", type=Path, default=None, metavar="DIR", help="where prepared windows are kept"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=min(8, os.cpu_count() or 1),
        help="processes that prepare recordings and judge folds",
    )


def place_of(args: argparse.Namespace) -> Place:
    """The flags of `add_place` as a value."""
    from edge_emotion_train.preparation.pool import Place
    from edge_emotion_train.preparation.recordings import default_cache

    return Place(
        data=args.data, cache=args.cache or default_cache(), jobs=args.jobs, ray=getattr(args, "ray", None)
    )


def table(rows: Iterable[BoardRow]) -> str:
    """Board rows for people to read."""
    lines = [
        f"{'board':<16}{'system':<26}{'people':>7}{'windows':>9}{'majority':>10}  macro-F1 [95 %]         accuracy   ECE"
    ]
    for row in rows:
        figures = {metric.name: metric for metric in row.metrics}
        f1 = figures["macro_f1"]
        lines.append(
            f"{row.board:<16}{row.system:<26}{row.people:>7}{row.windows:>9}{row.majority:>10.3f}  "
            f"{f1.value:.3f} [{f1.low:.3f}, {f1.high:.3f}]   {figures['accuracy'].value:>9.3f}{figures['ece'].value:>8.3f}"
        )
    return "\n".join(lines)


def sweep_table(rows: Iterable[TrialResult]) -> str:
    """Trials for people to read, the chosen one first."""
    lines = ["macro-F1    loss  epochs   on people of the training side, who chose"]
    for row in rows:
        values = ", ".join(f"{key} = {value}" for key, value in row.values.items())
        mark = "  <- chosen" if row.chosen else ""
        lines.append(f"{row.macro_f1:>8.3f}{row.loss:>8.3f}{row.epochs:>8}   {values}{mark}")
    return "\n".join(lines)
