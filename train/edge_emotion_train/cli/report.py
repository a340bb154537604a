"""``edge-emotion report``: one page about a run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from edge_emotion.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command."""
    parser.epilog = (
        "example: edge-emotion report runs/stress --bundle stress.emo --robustness --data ../shared/data"
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder that edge-emotion train made")
    parser.add_argument(
        "--out", type=Path, default=None, metavar="FILE", help="HTML file to write (default: RUN/report.html)"
    )
    parser.add_argument(
        "--bundle",
        type=Path,
        default=None,
        metavar="FILE",
        help="also show the quantised model of this .emo bundle",
    )
    parser.add_argument(
        "--robustness",
        action="store_true",
        help="spoil held-out signals in many ways and judge again; takes minutes, needs --data",
    )
    parser.add_argument(
        "--data", type=Path, default=None, metavar="DIR", help="folder that holds the data sets"
    )
    parser.add_argument(
        "--people", type=int, default=3, help="held-out people whose signals are spoiled (default: 3)"
    )
    parser.add_argument(
        "--recipe", default=None, help="recipe that maps intervals to labels (default: the run's own)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes for --robustness (default: 2)")
    parser.add_argument(
        "--json", action="store_true", help="all figures as one JSON object on standard output"
    )


def run(args: argparse.Namespace) -> int:
    """Write the page; 0 when it is there."""
    # torch loads for seconds: --help must not wait for it
    from edge_emotion_train.report.figures import gather
    from edge_emotion_train.report.page import page
    from edge_emotion_train.report.stages import heldout_stages
    from edge_emotion_train.runs.record import load_run

    if args.robustness and args.data is None:
        raise UsageError("--robustness spoils real signals: give the folder that holds them with --data")
    if args.people < 1 or args.jobs < 1:
        raise UsageError("--people and --jobs must be 1 or more")
    finished = load_run(args.run)
    if args.robustness:
        _spoil(args)
    stages = heldout_stages(finished, args.bundle)
    figures = gather(args.run, finished.record, finished.model.parameter_count(), stages)
    out = args.out or args.run / "report.html"
    try:
        out.write_text(page(figures), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{out}: cannot be written ({error.strerror}); give a path in an existing folder"
        ) from None
    if args.json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
        return 0
    for sentence in figures.alarms:
        sys.stdout.write(f"ALARM: {sentence}\n")
    sys.stdout.write(f"{out}: {len(figures.boards)} boards\n")
    return 0


def _spoil(args: argparse.Namespace) -> None:
    from edge_emotion_train.evaluation.robustness import judge_robustness
    from edge_emotion_train.evaluation.robustness_panel import save_panel

    save_panel(args.run, judge_robustness(args.run, args.data, args.recipe, args.people, args.jobs))
