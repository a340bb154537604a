"""Figures that benchmarks leave in a run folder: ``cross.json`` and ``calibration-curve.json``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from edge_emotion.bundle.manifest import Metric
from edge_emotion.errors import InputError
from edge_emotion.json_text import indented
from edge_emotion_train.evaluation.accuracy.matrix import Crossing, macro_f1_of

CROSS_FILE = "cross.json"
CURVE_FILE = "calibration-curve.json"


class CrossCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Macro-F1 of ``system``, trained on one data set (or several, joined by ``+``), on another one."""

    trained_on: str
    tested_on: str
    system: str
    people: int
    macro_f1: Metric


class CurvePoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Macro-F1 after ``minutes`` of the wearer's own rest; 0 is the view without any."""

    board: str
    system: str
    minutes: float
    people: int
    macro_f1: Metric


Item = TypeVar("Item", CrossCell, CurvePoint)


def save_cross(folder: Path, crossings: Sequence[Crossing]) -> None:
    """Put a matrix into a run folder, for its report."""
    cells = [
        CrossCell(
            trained_on=crossing.trained_on,
            tested_on=crossing.tested_on,
            system=row.system,
            people=row.people,
            macro_f1=macro_f1_of(row),
        )
        for crossing in crossings
        for row in crossing.rows
    ]
    (folder / CROSS_FILE).write_bytes(indented(cells))


def save_curve(folder: Path, points: Sequence[CurvePoint]) -> None:
    """Put a curve into a run folder, for its report."""
    (folder / CURVE_FILE).write_bytes(indented(list(points)))


def load_cross(folder: Path) -> tuple[CrossCell, ...]:
    """The matrix of a run folder, empty if it has none; raises `InputError` if it is damaged."""
    return _load(folder / CROSS_FILE, CrossCell)


def load_curve(folder: Path) -> tuple[CurvePoint, ...]:
    """The curve of a run folder, empty if it has none; raises `InputError` if it is damaged."""
    return _load(folder / CURVE_FILE, CurvePoint)


def _load(path: Path, kind: type[Item]) -> tuple[Item, ...]:
    if not path.is_file():
        return ()
    try:
        return tuple(msgspec.json.decode(path.read_bytes(), type=list[kind]))  # type: ignore[valid-type]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged ({error}): delete it, or make it again") from error
