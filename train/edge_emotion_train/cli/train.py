"""``edge-emotion train``: from recordings to a run folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge_emotion.errors import UsageError
from edge_emotion_train.cli.common import add_place, place_of, table

if TYPE_CHECKING:  # torch and lightning load for seconds: --help must not wait for them
    from edge_emotion_train.recipe import Recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command."""
    parser.epilog = (
        "example: edge-emotion train --recipe stress --data ../shared/data --out runs/stress --evaluate loso"
    )
    parser.add_argument(
        "--recipe", default="stress", help="name of a recipe, or path of a .toml file (default: stress)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="run folder to make")
    add_place(parser)
    parser.add_argument(
        "--evaluate",
        choices=("loso", "none"),
        default="none",
        help="also judge the recipe on all of its boards",
    )
    parser.add_argument("--epochs", type=int, default=None, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, default=None, help="instead of the recipe's")
    parser.add_argument(
        "--pretrained",
        type=Path,
        default=None,
        metavar="DIR",
        help="start from encoders of edge-emotion pretrain",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the interrupted run in --out")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Train; 0 when the run folder is written."""
    from edge_emotion_train.evaluation.alarms import alarms
    from edge_emotion_train.producing import CHECKPOINTS, produce_run
    from edge_emotion_train.recipe import load_recipe

    recipe = _with_flags(load_recipe(args.recipe), args)
    interrupted = (args.out / CHECKPOINTS).is_dir()
    if interrupted and not args.resume:
        raise UsageError(f"{args.out} holds an interrupted run: add --resume, or give another --out")
    if args.resume and not interrupted:
        raise UsageError(f"{args.out} holds no interrupted run: leave --resume out")
    record = produce_run(recipe, place_of(args), args.out, args.evaluate)
    if args.json:
        result = {
            "run": str(args.out),
            "training": record.training,
            "temperature": record.decision.temperature,
        }
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
        return 0
    people = sum(dataset.people for dataset in record.training.datasets)
    sys.stdout.write(
        f"{args.out}: trained on {people} people, temperature {record.decision.temperature:.2f}\n"
    )
    if record.training.boards:
        sys.stdout.write(table(record.training.boards) + "\n")
        for sentence in alarms(record.training.boards):
            sys.stdout.write(f"ALARM: {sentence}\n")
    sys.stdout.write(f"next: edge-emotion report {args.out}, edge-emotion export {args.out} --int8\n")
    return 0


def _with_flags(recipe: Recipe, args: argparse.Namespace) -> Recipe:
    if args.epochs is not None:
        if args.epochs < 1:
            raise UsageError(f"--epochs {args.epochs}: must be 1 or more")
        training = msgspec.structs.replace(recipe.training, epochs=args.epochs)
        recipe = msgspec.structs.replace(recipe, training=training)
    if args.pretrained is not None:
        training = msgspec.structs.replace(recipe.training, pretrained=str(args.pretrained), pretraining=None)
        recipe = msgspec.structs.replace(recipe, training=training)
    return recipe if args.seed is None else msgspec.structs.replace(recipe, seed=args.seed)
