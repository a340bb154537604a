"""From predictions to the figures of the benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from edge_emotion.bundle.manifest import BoardRow, Metric
from edge_emotion_train.evaluation.accuracy.names import CLASSICAL, HEADLINE, PROTOCOL_ROWS
from edge_emotion_train.evaluation.comparing import Comparison, compare
from edge_emotion_train.evaluation.predictions import BoardPredictions
from edge_emotion_train.evaluation.rows import row_of

WITHOUT_NETWORKS = "chosen"
"""Leads where no network was trained."""


def summarise(board: BoardPredictions, goal: float | None, folds: int) -> dict[str, object]:
    """Keys of `benchmarks/accuracy.py`: the headline's figures, everybody's macro-F1, paired differences."""
    rows = {name: row_of(board, name) for name in board.names}
    scores = {name: _metric(row, "macro_f1") for name, row in rows.items()}
    headline = HEADLINE if HEADLINE in scores else WITHOUT_NETWORKS
    head = scores[headline]
    strongest = max((n for n in CLASSICAL if n in scores), key=lambda n: scores[n].value)
    fusion = [n for n in board.names if n not in (*CLASSICAL, *PROTOCOL_ROWS)]
    return {
        "board": board.board,
        "protocol": board.protocol,
        "system": headline,
        "macro_f1": head.value,
        "macro_f1_low": head.low,
        "macro_f1_high": head.high,
        "accuracy": _metric(rows[headline], "accuracy").value,
        "majority": rows[headline].majority,
        "subjects": rows[headline].people,
        "windows": rows[headline].windows,
        "ece": _metric(rows[headline], "ece").value,
        "goal": goal,
        "baselines": {name: round(metric.value, 4) for name, metric in scores.items() if name != headline},
        "intervals": {name: [round(m.low, 4), round(m.high, 4)] for name, m in scores.items()},
        "strongest_classical": strongest,
        "against_strongest_classical": {name: _told(_pair(board, name, strongest)) for name in fusion},
        "ablations": _ablations(board),
        "folds": folds,
        "people": _people(board, headline),
    }


def _metric(row: BoardRow, name: str) -> Metric:
    return next(m for m in row.metrics if m.name == name)


def _told(found: Comparison) -> dict[str, object]:
    gap = found.difference
    return {
        "difference": round(gap.value, 4),
        "low": round(gap.low, 4),
        "high": round(gap.high, 4),
        "people_better": found.people_better,
        "people_worse": found.people_worse,
        "p": found.p,
    }


def _ablations(board: BoardPredictions) -> Mapping[str, dict[str, object]]:
    """Each family against itself without what the ablation takes away, in int8, or prepared elsewhere."""
    pairs = [
        (family, name)
        for family in ("me_mhacl", "acmc", "maan")
        for name in board.names
        if name.startswith(f"{family}_") and name.endswith(("_off", "_only", "_int8", "_elsewhere"))
    ]
    return {name: _told(_pair(board, family, name)) for family, name in pairs}


def _pair(board: BoardPredictions, system: str, baseline: str) -> Comparison:
    """These two alone: every system against every other would be hundreds of bootstraps."""
    return compare(replace(board, systems=(board.system(system), board.system(baseline))), system)[0]


def _people(board: BoardPredictions, headline: str) -> dict[str, float]:
    """The headline's share of right windows, by person."""
    right = board.system(headline).said == board.truth
    return {
        str(name): round(float(right[board.people == name].mean()), 4) for name in np.unique(board.people)
    }
