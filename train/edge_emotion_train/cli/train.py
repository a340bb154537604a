"""``edge-emotion train``: from recordings to a run folder."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edge_emotion.errors import EdgeEmotionError, UsageError
from edge_emotion_train.cli.common import add_place, place_of, sweep_table, table

if TYPE_CHECKING:  # torch and lightning load for seconds: --help must not wait for them
    from edge_emotion_train.recipe import Recipe
    from edge_emotion_train.runs.producing import Plan
    from edge_emotion_train.runs.record import RunRecord

EXAMPLES = """examples:
  edge-emotion train --list
  edge-emotion train --recipe stress --data ../shared/data --out runs/stress --evaluate loso
  edge-emotion train --recipe stress --data ../shared/data --out runs/rate --sweep --set training.learning_rate=0.003,0.005"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "--recipe", default="stress", help="name of a recipe, or path of a .toml file (default: stress)"
    )
    parser.add_argument("--list", action="store_true", help="show the recipes and stop")
    parser.add_argument(
        "--print-config", action="store_true", help="show the effective recipe as TOML and stop"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="run folder to make")
    add_place(parser, required=False)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help="change a field of the recipe, such as training.epochs=8; may be given several times",
    )
    parser.add_argument(
        "--sweep",
        action="store_true",
        help="try every combination of the values that --set lists; people of the training side choose",
    )
    parser.add_argument(
        "--evaluate",
        choices=("loso", "none"),
        default="none",
        help="also judge the recipe on all of its boards",
    )
    parser.add_argument(
        "--people", type=int, metavar="N", help="judge N people of each board only: a quick look"
    )
    parser.add_argument(
        "--ablations",
        action="store_true",
        help="also judge the network without its attention, without pre-training, and with each signal alone: each row "
        "takes as long again as the network's",
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
    add_machine(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def add_machine(parser: argparse.ArgumentParser) -> None:
    """``--accelerator``, ``--devices``, ``--ray``."""
    parser.add_argument(
        "--accelerator",
        choices=("auto", "cpu", "gpu"),
        default="auto",
        help="what the final network is trained on; GPUs train in bfloat16 (default: a GPU where there is one)",
    )
    parser.add_argument(
        "--devices", type=int, default=1, metavar="N", help="train on N GPUs or processes (starts torchrun)"
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="judge folds and candidates on this Ray cluster; 'local' starts one with two workers",
    )


def run(args: argparse.Namespace) -> int:
    """Train; 0 when the run folder is written."""
    if args.list:
        return _show_list(args.json)
    from edge_emotion_train.overriding import recipe_toml

    recipe, settings = _recipe(args)
    if args.print_config:
        sys.stdout.write(recipe_toml(recipe).decode())
        return 0
    _check(args)
    if args.devices > 1:
        return _with_torchrun(args.devices)
    plan = _plan(args, recipe, settings)
    _check_folder(args)
    from edge_emotion_train.runs.producing import produce_run

    record = produce_run(recipe, place_of(args), args.out, plan)
    if plan.machine.rank == 0:
        _show(args, record, plan)
    return 0


def _recipe(args: argparse.Namespace) -> tuple[Recipe, dict[str, tuple[Any, ...]]]:
    """The recipe with all that has one value set, and every setting."""
    from edge_emotion_train.overriding import changed, parsed
    from edge_emotion_train.recipe import load_recipe

    settings = dict(parsed(assignment) for assignment in args.changes)
    if args.epochs is not None:
        settings["training.epochs"] = (args.epochs,)
    if args.seed is not None:
        settings["seed"] = (args.seed,)
    if args.pretrained is not None:
        settings["training.pretrained"] = (str(args.pretrained),)
        settings["training.pretraining"] = (None,)
    several = [key for key, values in settings.items() if len(values) > 1]
    if several and not args.sweep:
        raise UsageError(f"--set {several[0]} has several values: add --sweep, or write a list as [1, 2]")
    single = {key: values[0] for key, values in settings.items() if len(values) == 1}
    return changed(load_recipe(args.recipe), single), settings


def _check(args: argparse.Namespace) -> None:
    missing = [flag for flag in ("out", "data") if getattr(args, flag) is None]
    if missing:
        raise UsageError(f"--{missing[0]} is missing: give the folder, or ask --help for an example")
    for flag in ("people", "devices", "jobs"):
        value = getattr(args, flag)
        if value is not None and value < 1:
            raise UsageError(f"--{flag} {value}: must be 1 or more")
    if args.people is not None and args.evaluate == "none":
        raise UsageError("--people says how many people are judged: add --evaluate loso")
    if args.ablations and args.evaluate == "none":
        raise UsageError("--ablations adds rows to the boards: add --evaluate loso")
    if args.ablations and args.sweep:
        raise UsageError(
            "--ablations takes parts away from one network, --sweep chooses among several: sweep first, then run again "
            "with --ablations and the chosen values in --set"
        )


def _plan(args: argparse.Namespace, recipe: Recipe, settings: dict[str, tuple[Any, ...]]) -> Plan:
    from edge_emotion_train.learning.machine import machine_of
    from edge_emotion_train.runs.producing import Plan
    from edge_emotion_train.runs.sweeping import trials_of

    return Plan(
        evaluation=args.evaluate,
        people=args.people,
        trials=trials_of(recipe, settings) if args.sweep else (),
        ablations=args.ablations,
        machine=machine_of(args.accelerator),
    )


def _check_folder(args: argparse.Namespace) -> None:
    from edge_emotion_train.runs.producing import CHECKPOINTS
    from edge_emotion_train.runs.record import RECORD_FILE

    if (args.out / RECORD_FILE).is_file():
        raise UsageError(f"{args.out} holds a finished run: give another --out, or delete it")
    interrupted = (args.out / CHECKPOINTS).is_dir()
    if interrupted and not args.resume:
        raise UsageError(f"{args.out} holds an interrupted run: add --resume, or give another --out")
    if args.resume and not interrupted:
        raise UsageError(f"{args.out} holds no interrupted run: leave --resume out")


def _with_torchrun(devices: int) -> int:
    """The same command in ``devices`` processes that know of each other."""
    own = _without_devices(sys.argv[1:])
    command = [
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={devices}",
        "-m",
        "edge_emotion",
    ]
    done = subprocess.run([sys.executable, *command, *own], check=False)
    if done.returncode:
        raise EdgeEmotionError(f"--devices {devices}: a process failed; its message stands above")
    return 0


def _without_devices(arguments: list[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip or argument.startswith("--devices="):
            skip = False
        elif argument == "--devices":
            skip = True
        else:
            kept.append(argument)
    return kept


def _show_list(as_json: bool) -> int:
    from edge_emotion_train.recipe import load_recipe, shipped_recipes

    recipes = {name: load_recipe(name) for name in shipped_recipes()}
    if as_json:
        rows = [
            {
                "name": n,
                "summary": r.summary,
                "source": r.source,
                "boards": [d.name for d in r.datasets],
                "expected_minutes": r.expected_minutes,
            }
            for n, r in recipes.items()
        ]
        sys.stdout.write(msgspec.json.encode({"recipes": rows}).decode() + "\n")
        return 0
    for name, recipe in recipes.items():
        time = f"{recipe.expected_minutes:g} min" if recipe.expected_minutes else "time not measured"
        boards = ", ".join(d.name for d in recipe.datasets)
        sys.stdout.write(f"{name:<20} {recipe.summary or '-'}  [{recipe.source or '-'}; {boards}; {time}]\n")
    return 0


def _show(args: argparse.Namespace, record: RunRecord, plan: Plan) -> None:
    from edge_emotion_train.evaluation.alarms import alarms
    from edge_emotion_train.runs.producing import SWEEP_FILE
    from edge_emotion_train.runs.sweeping import TrialResult

    trials = (
        msgspec.json.decode((args.out / SWEEP_FILE).read_bytes(), type=list[TrialResult])
        if plan.trials
        else []
    )
    if args.json:
        result = {
            "run": str(args.out),
            "training": record.training,
            "temperature": record.decision.temperature,
            "sweep": trials,
        }
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
        return
    people = sum(dataset.people for dataset in record.training.datasets)
    sys.stdout.write(
        f"{args.out}: trained on {people} people, temperature {record.decision.temperature:.2f}\n"
    )
    for part in (
        sweep_table(trials) if trials else "",
        table(record.training.boards) if record.training.boards else "",
        "\n".join(f"ALARM: {sentence}" for sentence in alarms(record.training.boards)),
    ):
        if part:
            sys.stdout.write(part + "\n")
    if plan.people is not None:
        sys.stdout.write(f"partial: at most {plan.people} people of each board were judged\n")
    sys.stdout.write(f"next: edge-emotion report {args.out}, edge-emotion export {args.out} --int8\n")
