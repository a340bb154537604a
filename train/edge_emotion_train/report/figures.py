"""Everything that a report shows, gathered from a run folder: what ``--json`` gives and the page draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from edge_emotion.bundle.manifest import BoardRow
from edge_emotion.errors import InputError
from edge_emotion_train.evaluation.abstaining import RiskCoverage, risk_coverage
from edge_emotion_train.evaluation.alarms import BASELINE_ROWS, alarms
from edge_emotion_train.evaluation.comparing import Comparison, compare, people_macro_f1
from edge_emotion_train.evaluation.prediction_files import PREFIX, load_predictions
from edge_emotion_train.evaluation.predictions import BoardPredictions
from edge_emotion_train.evaluation.reliability import Reliability, reliability
from edge_emotion_train.evaluation.robustness_panel import RobustnessPanel, load_panel
from edge_emotion_train.evaluation.rows import rows_of
from edge_emotion_train.report.extras import CrossCell, CurvePoint, load_cross, load_curve
from edge_emotion_train.report.stages import Stages, before_temperature
from edge_emotion_train.runs.record import RunRecord

BOARDS_FILE = "boards.json"
FINISHED = "finished model"
"""How the protocol of `edge_emotion_train.evaluation.unseen` begins: those boards come after the ones that train in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFigures:
    """One board.

    Parameters
    ----------
    system
        The one that the report is about: the run's own network.
    comparisons
        ``system`` against each other row; empty, like all that follows, for rows without a record of predictions.
    people_macro_f1
        By system, each person's own, in the order of ``people``.
    stages
        Reliability of ``system`` before and after its temperature.
    contributions
        Mean share of each role by true class, shape (classes, roles).
    """

    board: str
    protocol: str
    labels: tuple[str, ...]
    roles: tuple[str, ...]
    system: str
    rows: tuple[BoardRow, ...]
    comparisons: tuple[Comparison, ...] = ()
    people: tuple[str, ...] = ()
    people_macro_f1: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    stages: tuple[Reliability, ...] = ()
    risk: RiskCoverage | None = None
    contributions: tuple[tuple[float, ...], ...] = ()

    def row(self, system: str) -> BoardRow | None:
        """One system's row; ``None`` if it is not there."""
        return next((row for row in self.rows if row.system == system), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigures:
    """A whole report."""

    run: str
    record: RunRecord
    parameters: int
    boards: tuple[BoardFigures, ...]
    alarms: tuple[str, ...]
    stages: Stages | None
    robustness: RobustnessPanel | None
    cross: tuple[CrossCell, ...]
    curve: tuple[CurvePoint, ...]


def gather(folder: Path, record: RunRecord, parameters: int, stages: Stages | None) -> ReportFigures:
    """Read what the run folder has; what it lacks is left out.

    Raises
    ------
    InputError
        If a file in it is damaged.
    """
    minimum = record.decision.minimum_probability
    family = str(record.model.__struct_config__.tag)
    recorded = [load_predictions(path) for path in sorted(folder.glob(f"{PREFIX}*.npz"))]
    boards = [board_figures(board, family, minimum) for board in recorded]
    known = {(board.board, board.protocol) for board in boards}
    rows = [row for row in _stored_rows(folder, record) if (row.board, row.protocol) not in known]
    for key in dict.fromkeys((row.board, row.protocol) for row in rows):
        same = [r for r in rows if (r.board, r.protocol) == key]
        boards += [_rows_only(same, record, family)]
    boards.sort(key=lambda board: (board.protocol.startswith(FINISHED), -board.rows[0].people))
    return ReportFigures(
        run=folder.resolve().name,
        record=record,
        parameters=parameters,
        boards=tuple(boards),
        alarms=alarms([row for board in boards for row in board.rows]),
        stages=stages,
        robustness=load_panel(folder),
        cross=load_cross(folder),
        curve=load_curve(folder),
    )


def board_figures(board: BoardPredictions, family: str, minimum_probability: float) -> BoardFigures:
    """All figures of one record."""
    name = own_system(board.names, family)
    own = board.system(name)
    stages = [reliability("after temperature scaling", board.truth, own.probabilities, board.people)]
    if own.logits is not None:
        stages.insert(0, before_temperature(board.truth, own.logits, board.people))
    return BoardFigures(
        board=board.board,
        protocol=board.protocol,
        labels=board.labels,
        roles=board.roles,
        system=name,
        rows=tuple(rows_of(board)),
        comparisons=compare(board, name),
        people=tuple(str(p) for p in np.unique(board.people)),
        people_macro_f1={n: tuple(people_macro_f1(board, n).tolist()) for n in board.names},
        stages=tuple(stages),
        risk=risk_coverage(board.truth, own.probabilities, board.people, minimum_probability),
        contributions=_contributions(board, name),
    )


def own_system(names: Sequence[str], family: str) -> str:
    """The run's own network among the systems of a board: called like its family, or like it at the start."""
    like = [n for n in names if n == family] + [n for n in names if n.startswith(family)]
    others = [n for n in names if n not in BASELINE_ROWS]
    return (like + others + list(names))[0]


def _contributions(board: BoardPredictions, name: str) -> tuple[tuple[float, ...], ...]:
    shares = board.system(name).contributions
    if shares is None:
        return ()
    means = [
        shares[board.truth == c].mean(axis=0) if (board.truth == c).any() else np.zeros(shares.shape[1])
        for c in range(len(board.labels))
    ]
    return tuple(tuple(float(v) for v in mean) for mean in means)


def _stored_rows(folder: Path, record: RunRecord) -> list[BoardRow]:
    """Rows of runs that were made before predictions were kept, or by another machine."""
    path = folder / BOARDS_FILE
    if not path.is_file():
        return list(record.training.boards)
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[BoardRow])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged ({error}): delete it, or evaluate again") from error


def _rows_only(rows: Sequence[BoardRow], record: RunRecord, family: str) -> BoardFigures:
    return BoardFigures(
        board=rows[0].board,
        protocol=rows[0].protocol,
        labels=record.labels,
        roles=record.roles,
        system=own_system([row.system for row in rows], family),
        rows=tuple(rows),
    )
