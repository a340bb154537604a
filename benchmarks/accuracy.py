"""Accuracy on the boards, each row reproduced from recordings alone: subject-independent, causal, 60 s windows.

Boards: wesad2-crossed wesad3-crossed wesad3-crossed-calm wesad2-post5 stress-predict-post5 drivedb3 unseen-wesad2
unseen-stress-predict; `crossed` never trains on the protocol order that it judges. `macro_f1` is that of the headline system
(three fusion families and the classical pair, averaged), with a 95 % interval over people; `baselines` holds every other
row: majority, clock (nothing but the minutes since the session began), classical rows, each family, each ablation.

    python benchmarks/accuracy.py --data ../shared/data --board wesad2-crossed [--json] [--save]
    python benchmarks/accuracy.py --data ../shared/data --board all --jobs 2 --save
    python benchmarks/accuracy.py --data ../shared/data --dataset recordings:DIR

`--calibration-min 0|1|2|5` changes the length of the wearer's own rest; `--matrix` trains on each data set and tests on each,
and with `--run RUN` also puts the matrix where `edge-emotion report RUN` shows it.
Nothing learned here is kept: WESAD's licence is for non-commercial research.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import common
import places

from edge_emotion.errors import UsageError
from edge_emotion_export.device_form import StaticInt8
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.accuracy.catalogue import (
    BOARDS,
    CALM_STRESS,
    Board,
    board_named,
    own_board,
)
from edge_emotion_train.evaluation.accuracy.judging import Trial, judge_board
from edge_emotion_train.evaluation.accuracy.lineup import lineup
from edge_emotion_train.evaluation.accuracy.matrix import macro_f1_table, matrix
from edge_emotion_train.evaluation.accuracy.networks import prepared_elsewhere
from edge_emotion_train.evaluation.accuracy.summary import summarise
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.recipe import load_recipe
from edge_emotion_train.report.extras import save_cross
from edge_emotion_train.runs.record import read_record

RECIPE = "boards"


def main() -> int:
    args = _arguments()
    warnings.filterwarnings("ignore", category=UserWarning, module="joblib")
    return places.told("accuracy", lambda: _measure(places.place_of(args), args))


def _measure(place: Place, args: argparse.Namespace) -> None:
    if args.matrix:
        _matrix(place, args)
        return
    if args.run is not None:
        raise UsageError("--run keeps the matrix for a run's report: add --matrix")
    for board in _boards(args):
        common.finish(f"accuracy-{_name(board, args)}", _row(board, place, args), args)


def _matrix(place: Place, args: argparse.Namespace) -> None:
    if args.run is not None:
        read_record(args.run)  # now and not after all the trainings
    crossings = matrix(load_recipe(RECIPE), place, args.seed)
    if args.run is not None:
        save_cross(args.run, crossings)
    found = {"labels": list(CALM_STRESS), "macro_f1": macro_f1_table(crossings)}
    common.finish("accuracy-matrix", found, args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    places.add_arguments(parser)
    parser.add_argument("--board", default="all", help=f"one of {', '.join(BOARDS)}, or all")
    parser.add_argument("--dataset", help="instead of a board: recordings:DIR, or a data set's name")
    parser.add_argument("--calibration-min", type=float, default=5.0, help="minutes of the wearer's own rest")
    parser.add_argument("--matrix", action="store_true", help="train on each data set, test on each")
    parser.add_argument("--run", type=Path, help="with --matrix: run folder whose report is to show it")
    parser.add_argument(
        "--seeds", type=int, help="networks averaged per family; 0 for none (default: the board's own number)"
    )
    parser.add_argument("--no-ablations", action="store_true", help="leave the ablations and int8 out")
    parser.add_argument(
        "--encoders",
        type=Path,
        help="folder of edge-emotion pretrain: one more row, me_mhacl on encoders that never saw the judged people",
    )
    parser.add_argument("--seed", type=int, default=0)
    common.add_arguments(parser)
    return parser.parse_args()


def _boards(args: argparse.Namespace) -> list[Board]:
    if args.dataset is None:
        return list(BOARDS.values()) if args.board == "all" else [board_named(args.board)]
    dataset = open_dataset(args.dataset, args.data)
    recordings = [dataset.load(name) for name in dataset.names()]
    labels = tuple(sorted({i.name for r in recordings for i in r.intervals}))
    return [own_board(args.dataset, labels, len({r.person for r in recordings}))]


def _name(board: Board, args: argparse.Namespace) -> str:
    rest = "" if args.calibration_min == 5 else f"-{args.calibration_min:g}min"
    return board.name + rest + ("-classical" if args.seeds == 0 else "")


def _row(board: Board, place: Place, args: argparse.Namespace) -> dict[str, object]:
    recipe, ablations = load_recipe(RECIPE), not args.no_ablations
    seeds = board.starting_points if args.seeds is None else args.seeds
    everybody = lineup(
        recipe,
        len(board.labels),
        seeds,
        ablations,
        board.split == "unseen",
        (StaticInt8(roles=recipe.roles),) if ablations else (),
    )
    if args.encoders:
        prepared = prepared_elsewhere(recipe, len(board.labels), seeds, args.encoders)
        everybody = replace(everybody, systems=(*everybody.systems, prepared))
    trial = Trial(
        board=board,
        recipe=recipe,
        lineup=everybody,
        seed=args.seed,
        calibration_s=60 * args.calibration_min,
    )
    found = judge_board(trial, place)
    folds = {"crossed": 2, "unseen": 1}.get(board.split, board.parts)
    return summarise(found, board.goal if args.calibration_min == 5 else None, folds)


if __name__ == "__main__":
    sys.exit(main())
