"""Write docs/accuracy.md: every board of benchmarks/accuracy.py with every row, from benchmarks/results/, never by hand.

python benchmarks/boards_page.py            # rewrites the page
python benchmarks/boards_page.py --check    # exit 1 if it would change
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pages import RESULTS, prose, table
from pages import result as saved_result

from edge_emotion_train.evaluation.accuracy.catalogue import BOARDS
from edge_emotion_train.evaluation.accuracy.names import CLASSICAL, FAMILIES, PROTOCOL_ROWS

PAGE = RESULTS.parent.parent / "docs" / "accuracy.md"
REST_MINUTES = (0, 1, 2)

TITLES: Mapping[str, str] = {
    "wesad2-crossed": "WESAD wrist, stress against baseline and amusement, crossed",
    "wesad3-crossed": "WESAD wrist, baseline, stress, amusement, crossed",
    "wesad3-crossed-calm": "The same, meditation (never learned) judged as baseline",
    "wesad2-post5": "WESAD wrist, stress against baseline and amusement, one person left out",
    "stress-predict-post5": "Stress-Predict, stress tasks against rest",
    "drivedb3": "drivedb, rest, city, highway",
    "unseen-wesad2": "WESAD wrist, learned from the other sets alone",
    "unseen-stress-predict": "Stress-Predict, learned from the other sets alone",
}
ABLATIONS: Mapping[str, str] = {
    "attention_off": "without its attention",
    "pretraining_off": "without pre-training",
    "prepared_elsewhere": "encoders prepared on other sets instead",
    "cardiac_only": "heart alone",
    "eda_only": "skin conductance alone",
    "int8": "as static int8",
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it would change")
    args = parser.parse_args()
    fresh = page()
    if args.check:
        return int(not PAGE.is_file() or fresh != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


def page() -> str:
    """The whole page."""
    found = {name: _saved(f"accuracy-{name}") for name in BOARDS}
    there = {name: result for name, result in found.items() if result is not None}
    missing = [name for name in BOARDS if name not in there]
    parts = [
        "# Accuracy, board by board",
        prose(
            "Written by `benchmarks/boards_page.py` from the results of `benchmarks/accuracy.py`; how the boards are made",
            "stands in [027](decisions/027-boards.md), what was tried in [029](decisions/029-what-was-tried-on-the-boards.md),",
            "[031](decisions/031-goals-not-reached.md), [032](decisions/032-pre-training-helps.md) and",
            "[077](decisions/077-ablations-on-every-board.md).",
            "Macro-F1 pooled over windows of 60 s that begin after minute 5, people never learned from, causal normalisation;",
            "95 % bootstrap intervals over people in brackets. These boards were looked at while features and settings were",
            "chosen, and the best of three families is a choice too: differences under .02 mean nothing.",
        ),
        "## At a glance",
        table(
            ["board", "goal", "best family", "strongest classical row", "difference", "clock", "majority"],
            [_glance(name, result) for name, result in there.items()],
        ),
        *(f"Not run: {name}." for name in missing),
        *(part for name, result in there.items() for part in _board(name, result)),
        *_rest(),
        *_matrix(),
    ]
    return "\n\n".join(parts) + "\n"


def _saved(name: str) -> dict[str, Any] | None:
    return saved_result(name) if (RESULTS / f"{name}.json").is_file() else None


def _score(result: Mapping[str, Any], name: str) -> float:
    return float(result["macro_f1"] if name == result["system"] else result["baselines"][name])


def _with_interval(result: Mapping[str, Any], name: str) -> str:
    low, high = result["intervals"][name]
    return f"{_score(result, name):.3f} [{low:.3f}, {high:.3f}]"


def _gap(found: Mapping[str, Any]) -> str:
    return f"{found['difference']:+.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _glance(name: str, result: Mapping[str, Any]) -> Sequence[str]:
    best = max(FAMILIES, key=lambda family: _score(result, family))
    strongest = result["strongest_classical"]
    return [
        f"`{name}`",
        f"{result['goal']:.3f}",
        f"`{best}` {_with_interval(result, best)}",
        f"`{strongest}` {_score(result, strongest):.3f}",
        _gap(result["against_strongest_classical"][best]),
        f"{_score(result, 'clock'):.3f}",
        f"{_score(result, 'majority'):.3f}",
    ]


def _board(name: str, result: Mapping[str, Any]) -> Iterable[str]:
    yield f"## {name}"
    yield prose(
        f"{TITLES[name]}: {result['subjects']} people, {result['windows']} windows; {result['protocol']}.",
        f"`{result['context']['command']}` at {result['context']['commit'][:7]}.",
    )
    blends = [
        n for n in result["intervals"] if n in ("families", "fusion") or n.endswith(("_chosen", "_et_both"))
    ]
    blends = [n for n in blends if n not in CLASSICAL]
    yield table(
        ["row", "macro-F1", "against the strongest classical row"],
        [
            [f"`{n}`", _with_interval(result, n), _gap(result["against_strongest_classical"][n])]
            for n in (*FAMILIES, *blends)
        ],
    )
    if result["ablations"]:
        yield table(["ablation", "macro-F1", "the family minus it"], _ablations(result))
    rivals = [n for n in (*CLASSICAL, *PROTOCOL_ROWS) if n in result["intervals"]]
    yield table(["rivals and checks", "macro-F1"], [[f"`{n}`", _with_interval(result, n)] for n in rivals])


def _ablations(result: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for family in FAMILIES:
        for ending, meaning in ABLATIONS.items():
            name = f"{family}_{ending}"
            if name in result["ablations"]:
                yield [f"`{family}` {meaning}", _with_interval(result, name), _gap(result["ablations"][name])]


def _rest() -> Iterable[str]:
    """What minutes of the wearer's own rest are worth."""
    yield "## Minutes of the wearer's own rest"
    shorter = {m: _saved(f"accuracy-wesad2-crossed-{m}min-classical") for m in REST_MINUTES}
    whole = _saved("accuracy-wesad2-crossed")
    rows = ("lr", "et", "lr_et", "rf", "gb")
    columns = {m: r for m, r in {**shorter, 5: whole}.items() if r is not None}
    yield "`wesad2-crossed`, the same windows judged in each column, classical rows:"
    yield table(
        ["", *(f"{m} min" for m in columns)],
        [[f"`{row}`", *(_with_interval(r, row) for r in columns.values())] for row in rows],
    )
    yield "The shipped network with and without a reference, on Stress-Predict: [037](decisions/037-without-a-reference.md)."


def _matrix() -> Iterable[str]:
    """Learned from each data set, judged on each."""
    saved = _saved("accuracy-matrix")
    if saved is None:
        return
    yield "## Learned from one set, judged on another"
    yield "Rest against stress, classical rows; on the diagonal people are left out, in five parts."
    sets = list(saved["macro_f1"])
    for row in saved["macro_f1"][sets[0]][sets[0]]:
        yield table(
            [f"`{row}`: learned from", *(f"judged on {judged}" for judged in sets)],
            [[name, *(f"{saved['macro_f1'][name][judged][row]:.3f}" for judged in sets)] for name in sets],
        )


if __name__ == "__main__":
    sys.exit(main())
