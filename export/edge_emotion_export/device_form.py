"""Networks of the accuracy boards as the device would run them: float against int8 on people who were not learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion_export.artefact import Artefact
from edge_emotion_export.calibration import choose_calibration, rows_of
from edge_emotion_export.ladder import Rung
from edge_emotion_export.onnx.converting import convert_to_onnx
from edge_emotion_export.onnx.quantising import quantise_onnx
from edge_emotion_train.models import FusionModel
from edge_emotion_train.preparation.windows import WindowSet


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticInt8:
    """Static int8 everywhere, as ONNX: the strictest rung, without the gate that would turn to a milder one.

    Parameters
    ----------
    roles
        Role names in the order of ``present``.
    """

    roles: tuple[str, ...]
    name: str = "int8"

    def logits(self, model: FusionModel, training: WindowSet, judged: WindowSet) -> NDArray[np.float32]:
        """Logits of ``judged``, shape (N, classes); ranges are measured on ``training``.

        Raises
        ------
        InputError
            If ``training`` is too small to measure ranges on.
        EngineError
            If converter or quantiser fail.
        """
        rows = rows_of(choose_calibration(training, self.roles))
        quantised = quantise_onnx(convert_to_onnx(model, rows[0]), rows, Rung.STATIC)
        return _run(quantised, judged)


def _run(artefact: Artefact, windows: WindowSet) -> NDArray[np.float32]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(artefact.content, options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["logits"], dict(row))[0] for row in rows_of(windows)])
