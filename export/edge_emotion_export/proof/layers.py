"""Which layer lost it: signal against quantisation noise of every tensor that a float file and its int8 form have in common.

SQNR = 10 log10(sum x^2 / sum (x - q)^2) in dB over some windows, x from the float file. What a layer adds is the fall from the
worst of its inputs to its output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.onnx.tensors import tensors_of as onnx_tensors
from edge_emotion_export.proof.arithmetic import read_operators
from edge_emotion_export.tflite.tensors import tensors_of as tflite_tensors

Tensors = Mapping[str, NDArray[np.float32]]
_SAME_DB = 120.0
"""Of a tensor without any noise: float32 holds no more."""
_ROUNDED_DB = 49.9
"""What rounding to 8 bits leaves at best (6.02 dB a bit and 1.76): no layer is blamed for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLoss:
    """One layer: its SQNR, and how far it fell from its worst input."""

    name: str
    kind: str
    sqnr_db: float
    lost_db: float


def layer_losses(source: Artefact, artefact: Artefact, rows: Sequence[Row]) -> list[LayerLoss]:
    """All layers that both files have, in the order of execution.

    Parameters
    ----------
    source, artefact
        A float file and its quantised form, of one format.

    Raises
    ------
    EngineError
        If the engine fails.
    """
    read = onnx_tensors if source.engine == "onnxruntime" else tflite_tensors
    ratios = _ratios(read(source.content, rows), read(artefact.content, rows))
    losses = []
    for operator in read_operators(source):
        out = operator.outputs[0]
        if out not in ratios:
            continue
        before = min((ratios[t] for t in operator.inputs if t in ratios), default=_ROUNDED_DB)
        before = min(before, _ROUNDED_DB)
        losses.append(
            LayerLoss(name=out, kind=operator.kind, sqnr_db=ratios[out], lost_db=before - ratios[out])
        )
    return losses


def loss_table(losses: Sequence[LayerLoss], count: int = 8) -> str:
    """The ``count`` layers that lost most, worst first, for the screen."""
    worst = sorted(losses, key=lambda layer: -layer.lost_db)[:count]
    lines = [f"  {'layer':44} {'kind':16} {'SQNR dB':>8} {'lost dB':>8}"]
    lines += [f"  {w.name[-44:]:44} {w.kind:16} {w.sqnr_db:8.1f} {w.lost_db:8.1f}" for w in worst]
    return "\n".join(lines)


def _ratios(truth: Tensors, found: Tensors) -> dict[str, float]:
    ratios = {}
    for name in truth.keys() & found.keys():
        if truth[name].shape != found[name].shape:
            continue
        signal = float(np.sum(np.square(truth[name], dtype=np.float64)))
        noise = float(np.sum(np.square(truth[name] - found[name], dtype=np.float64)))
        if signal > 0:
            ratios[name] = min(_SAME_DB, 10 * np.log10(signal / noise)) if noise > 0 else _SAME_DB
    return ratios
