"""Where a benchmark that learns finds its recordings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from edge_emotion.errors import EdgeEmotionError
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.preparation.recordings import default_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--data``, ``--cache`` and ``--jobs``."""
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument(
        "--cache", type=Path, default=default_cache(), help="where prepared recordings are kept"
    )
    parser.add_argument("--jobs", type=int, default=1, help="recordings or folds at a time")


def told(benchmark: str, work: Callable[[], None]) -> int:
    """The exit code of ``work``; what is wrong with the input is one line and no traceback."""
    try:
        work()
    except EdgeEmotionError as error:
        print(f"{benchmark}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def place_of(args: argparse.Namespace) -> Place:
    """From the flags of `add_arguments`."""
    return Place(data=args.data, cache=args.cache, jobs=args.jobs)
