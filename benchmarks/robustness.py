"""What is left of a run's model when signals go wrong: every trouble on every person that the run held out.

The panel of ``edge-emotion report --robustness`` (docs/decisions/035-robustness-panel.md), saved.
Losses are against the same person's clean signals.

    python benchmarks/robustness.py --run runs/stress --data ../shared/data [--jobs 2] [--save]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import common
import places

from edge_emotion_train.evaluation.robustness import judge_robustness
from edge_emotion_train.evaluation.robustness_panel import ConditionResult, RobustnessPanel

EVERYBODY = 1000


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True, help="a trained run with people held out")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    common.add_arguments(parser)
    args = parser.parse_args()
    return places.told("robustness", lambda: common.finish("robustness", measure(args), args))


def measure(args: argparse.Namespace) -> dict[str, object]:
    """Every condition with what it costs."""
    panel = judge_robustness(args.run, args.data, None, EVERYBODY, args.jobs)
    return {"people": panel.people, "conditions": {c.name: _figures(c, panel) for c in panel.conditions}}


def _figures(condition: ConditionResult, panel: RobustnessPanel) -> dict[str, object]:
    clean = panel.conditions[0].people_macro_f1
    worse = [
        a - b
        for a, b in zip(clean, condition.people_macro_f1, strict=True)
        if a is not None and b is not None
    ]
    return {
        "group": condition.group,
        "windows": condition.windows,
        "abstained": condition.abstained,
        "macro_f1_of_what_is_said": condition.macro_f1,
        "mean_loss_a_person": sum(worse) / len(worse) if worse else None,
        "largest_loss_of_a_person": max(worse, default=None),
    }


if __name__ == "__main__":
    sys.exit(main())
