"""What the streaming form costs in accuracy: three networks on one board, on the same people and windows.

`acmc_lite` is the lite network of today on series that each window interpolates anew; `acmc_lite_rows` the same on rows that
never change (`SignalSpec.final_after_s`); `acmc_streaming` the streaming form on the same rows. Differences are paired by person.

    python benchmarks/streaming_accuracy.py --data ../shared/data --board wesad2-crossed [--save]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import common
import msgspec
import numpy as np
import places

from edge_emotion_train.evaluation.accuracy.catalogue import BOARDS, board_named
from edge_emotion_train.evaluation.accuracy.judging import Trial, judge_board
from edge_emotion_train.evaluation.accuracy.lineup import Lineup
from edge_emotion_train.evaluation.accuracy.networks import FusionNetwork, configuration
from edge_emotion_train.evaluation.comparing import compare
from edge_emotion_train.evaluation.predictions import BoardPredictions
from edge_emotion_train.evaluation.rows import row_of
from edge_emotion_train.models import ModelConfig
from edge_emotion_train.recipe import Recipe, load_recipe

TODAY, ROWS, STREAMING = "acmc_lite", "acmc_lite_rows", "acmc_streaming"
FIGURES = ("macro_f1", "accuracy", "ece")


def main() -> int:
    args = _arguments()
    return places.told(
        "streaming_accuracy", lambda: common.finish(f"streaming_accuracy-{args.board}", measure(args), args)
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    places.add_arguments(parser)
    parser.add_argument("--board", default="wesad2-crossed", help=f"one of {', '.join(BOARDS)}")
    parser.add_argument("--seeds", type=int, default=2, help="networks averaged per row")
    parser.add_argument("--seed", type=int, default=0)
    common.add_arguments(parser)
    return parser.parse_args()


def measure(args: argparse.Namespace) -> dict[str, object]:
    """Figures of all three, and what each change costs."""
    today = load_recipe("boards")
    streaming = load_recipe("stress-streaming")
    signals = msgspec.structs.replace(today.signals, final_after_s=streaming.signals.final_after_s)
    rows = msgspec.structs.replace(today, signals=signals)
    classes = len(board_named(args.board).labels)
    lite = configuration("acmc", today, classes)
    form = msgspec.structs.replace(streaming.model, classes=classes, dropout=today.model.dropout)
    first = _judged(args, today, {TODAY: lite})
    second = _judged(args, rows, {ROWS: lite, STREAMING: form})
    if not (np.array_equal(first.minutes, second.minutes) and np.array_equal(first.people, second.people)):
        raise AssertionError("both forms must judge the same windows")  # quality does not look at series
    found = replace(first, systems=(*first.systems, *second.systems))
    lines = {name: row_of(found, name) for name in found.names}
    return {
        "board": found.board,
        "protocol": found.protocol,
        "subjects": lines[TODAY].people,
        "windows": lines[TODAY].windows,
        "seeds": args.seeds,
        **{
            key: {
                name: [round(m.value, 4), round(m.low, 4), round(m.high, 4)]
                for name, line in lines.items()
                for m in line.metrics
                if m.name == key
            }
            for key in FIGURES
        },
        "differences": {
            f"{one} - {other}": _difference(found, one, other)
            for one, other in ((STREAMING, TODAY), (ROWS, TODAY), (STREAMING, ROWS))
        },
    }


def _judged(args: argparse.Namespace, recipe: Recipe, configs: dict[str, ModelConfig]) -> BoardPredictions:
    settings = msgspec.structs.replace(recipe.training, pretraining=None)
    systems = tuple(
        FusionNetwork(name=name, config=config, settings=settings, seeds=args.seeds)
        for name, config in configs.items()
    )
    trial = Trial(
        board=board_named(args.board),
        recipe=recipe,
        lineup=Lineup(systems=systems, blends={}),
        seed=args.seed,
        calibration_s=300.0,
    )
    return judge_board(trial, places.place_of(args))


def _difference(board: BoardPredictions, one: str, other: str) -> dict[str, object]:
    found = compare(replace(board, systems=(board.system(one), board.system(other))), one)[0]
    gap = found.difference
    return {
        "macro_f1": round(gap.value, 4),
        "low": round(gap.low, 4),
        "high": round(gap.high, 4),
        "people_better": found.people_better,
        "people_worse": found.people_worse,
        "p": found.p,
    }


if __name__ == "__main__":
    sys.exit(main())
