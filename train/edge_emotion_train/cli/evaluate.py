"""``edge-emotion evaluate``: a finished model on people that it was not trained on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from edge_emotion_train.cli.common import add_place, place_of, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command."""
    parser.epilog = "example: edge-emotion evaluate runs/stress --data ../shared/data --board wesad_wrist"
    parser.add_argument("model", type=Path, metavar="RUN|BUNDLE", help="run folder or .emo bundle")
    add_place(parser)
    parser.add_argument(
        "--board",
        default="wesad_wrist",
        help="data set to judge on; of a set that was trained on, the held-out people (default: wesad_wrist)",
    )
    parser.add_argument(
        "--recipe", default=None, help="recipe that maps intervals to labels (default: the model's own)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        default=None,
        metavar="DIR",
        help="folder for what was said about every window (default: the run folder; of a bundle nothing is kept)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Evaluate; 0 when the row is made."""
    # torch and lightning load for seconds: --help must not wait for them
    from edge_emotion_train.evaluation.alarms import alarms
    from edge_emotion_train.evaluation.prediction_files import predictions_path, save_predictions
    from edge_emotion_train.evaluation.unseen import judge, open_finished
    from edge_emotion_train.recipe import load_recipe
    from edge_emotion_train.runs.record import RECIPE_FILE

    finished = open_finished(args.model)
    own = args.model / RECIPE_FILE
    recipe = load_recipe(args.recipe or (str(own) if own.is_file() else finished.training.recipe))
    judgement = judge(finished, recipe.dataset(args.board), place_of(args))
    keep = args.keep or (args.model if args.model.is_dir() else None)
    if keep is not None:
        save_predictions(
            predictions_path(keep, f"{args.board}-{finished.name}-finished"), judgement.predictions
        )
    if args.json:
        result = {
            "row": judgement.rows[0],
            "rows": judgement.rows,
            "alarms": alarms(judgement.rows),
            "interval_means": judgement.interval_means,
            "label": finished.labels[-1],
        }
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
        return 0
    sys.stdout.write(table(judgement.rows) + "\n")
    for sentence in alarms(judgement.rows):
        sys.stdout.write(f"ALARM: {sentence}\n")
    for interval, mean in judgement.interval_means.items():
        sys.stdout.write(f"mean probability of {finished.labels[-1]} in {interval}: {mean:.3f}\n")
    return 0
