"""``edge-emotion pretrain``: from recordings, without their labels, to encoders that training starts from."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from edge_emotion.errors import UsageError
from edge_emotion_train.cli.common import add_place, place_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command."""
    parser.epilog = (
        "example: edge-emotion pretrain --recipe me_mhacl --data ../shared/data --out runs/encoders\n"
        "then:    edge-emotion train --recipe me_mhacl --data ../shared/data --pretrained runs/encoders --out runs/me"
    )
    parser.add_argument(
        "--recipe", default="me_mhacl", help="name of a recipe, or path of a .toml file (default: me_mhacl)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")
    add_place(parser)
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="DATASET",
        help="a further set of recordings; can be repeated",
    )
    parser.add_argument(
        "--transductive",
        action="store_true",
        help="let in people whom the recipe holds out or tests on, without interval names; run.json will say so",
    )
    parser.add_argument("--steps", type=int, default=None, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, default=None, help="instead of the recipe's")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Pre-train; 0 when the folder is written."""
    # torch loads for seconds: --help must not wait for it
    from edge_emotion_train.pretraining.producing import Unlabelled, produce_encoders
    from edge_emotion_train.pretraining.settings import PretrainingSettings
    from edge_emotion_train.recipe import load_recipe

    recipe = load_recipe(args.recipe)
    if args.steps is not None:
        if args.steps < 1:
            raise UsageError(f"--steps {args.steps}: must be 1 or more")
        settings = recipe.training.pretraining or PretrainingSettings()
        settings = msgspec.structs.replace(settings, steps=args.steps)
        training = msgspec.structs.replace(recipe.training, pretraining=settings)
        recipe = msgspec.structs.replace(recipe, training=training)
    if args.seed is not None:
        recipe = msgspec.structs.replace(recipe, seed=args.seed)
    unlabelled = Unlabelled(also=tuple(args.also), transductive=args.transductive)
    record = produce_encoders(recipe, place_of(args), args.out, unlabelled)
    if args.json:
        sys.stdout.write(msgspec.json.encode({"encoders": str(args.out), "record": record}).decode() + "\n")
        return 0
    sys.stdout.write(
        f"{args.out}: encoders of {record.recipe} prepared on {len(record.people)} people, {record.windows} windows; "
        f"loss {record.first_loss:.2f} to {record.last_loss:.2f}\n"
        f"next: edge-emotion train --recipe {args.recipe} --pretrained {args.out} --out DIR\n"
    )
    return 0
