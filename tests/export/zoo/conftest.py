"""The zoo, converted once a session: float and static int8 in both formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from zoo_layers import Exhibit, exhibits

from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.ladder import Rung
from edge_emotion_export.onnx.converting import convert_to_onnx
from edge_emotion_export.onnx.quantising import quantise_onnx
from edge_emotion_export.tflite.converting import convert_to_tflite
from edge_emotion_export.tflite.quantising import quantise_tflite

CALIBRATION, JUDGED = 32, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuffed:
    """One exhibit's files, the rows it is judged on, and what torch says of them: by output, (rows, ...)."""

    files: Mapping[str, Artefact]
    rows: list[Row]
    truth: Mapping[str, np.ndarray]


def rows_for(exhibit: Exhibit, count: int, seed: int) -> list[Row]:
    random = np.random.default_rng(seed)
    rows = [
        {n: random.normal(size=s).astype(np.float32) for n, s in exhibit.shapes.items()} for _ in range(count)
    ]
    for number, row in enumerate(rows):
        if "present" in row:
            row["present"] = np.array([[1.0, float(number % 4 > 0)]], np.float32)
    return rows


def stuff(exhibit: Exhibit) -> Stuffed:
    calibration, rows = rows_for(exhibit, CALIBRATION, 1), rows_for(exhibit, JUDGED, 2)
    files = {
        "onnx": convert_to_onnx(exhibit.model, rows[0], exhibit.outputs),
        "tflite": convert_to_tflite(exhibit.model, rows[0], exhibit.outputs),
    }
    files["int8.onnx"] = quantise_onnx(files["onnx"], calibration, Rung.STATIC)
    files["int8.tflite"] = quantise_tflite(files["tflite"], calibration, Rung.STATIC)
    with torch.no_grad():
        said = [exhibit.model(**{n: torch.from_numpy(v) for n, v in row.items()}) for row in rows]
    truth = {
        name: np.concatenate([outputs[i].numpy() for outputs in said])
        for i, name in enumerate(exhibit.outputs)
    }
    return Stuffed(files=files, rows=rows, truth=truth)


@pytest.fixture(scope="session")
def zoo() -> Callable[[str], Stuffed]:
    """By name, made when first asked for: a failing conversion fails the tests of its own exhibit alone."""
    animals, stuffed = exhibits(), dict[str, Stuffed]()

    def visit(name: str) -> Stuffed:
        if name not in stuffed:
            stuffed[name] = stuff(animals[name])
        return stuffed[name]

    return visit
