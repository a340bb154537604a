"""Everything that a TFLite model computes on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion.engines.litert import interpreter_class
from edge_emotion_export.artefact import Row
from edge_emotion_export.quiet import quiet


def tensors_of(content: bytes, rows: Sequence[Row]) -> Mapping[str, NDArray[np.float32]]:
    """By name, each (rows, ...): float tensors, and int8 ones turned back to float.

    Raises
    ------
    EngineError
        If LiteRT refuses the model.
    """
    with quiet("running TFLite with all its tensors"):
        interpreter = interpreter_class()(
            model_content=content, num_threads=1, experimental_preserve_all_tensors=True
        )
        interpreter.allocate_tensors()
        inputs = dict(interpreter.get_signature_runner().get_input_details())
        kept: dict[str, list[NDArray[np.float32]]] = {}
        for row in rows:
            for name, detail in inputs.items():
                interpreter.set_tensor(detail["index"], _as_stored(row[name], detail))
            interpreter.invoke()
            for detail in interpreter.get_tensor_details():
                values = _value(interpreter, detail)
                if values is not None:
                    kept.setdefault(detail["name"], []).append(values)
    return {name: np.stack(values) for name, values in kept.items() if len(values) == len(rows)}


def _as_stored(values: NDArray[np.float32], detail: Mapping[str, Any]) -> NDArray[Any]:
    scale, zero = detail["quantization"]
    if not scale:
        return values
    limits = np.iinfo(detail["dtype"])
    stored: NDArray[Any] = np.clip(np.rint(values / scale) + zero, limits.min, limits.max).astype(
        detail["dtype"]
    )
    return stored


def _value(interpreter: Any, detail: Mapping[str, Any]) -> NDArray[np.float32] | None:
    try:
        values = interpreter.get_tensor(detail["index"])
    except ValueError:  # a tensor that no operator filled
        return None
    scale, zero = detail["quantization"]
    if detail["dtype"] == np.float32:
        return np.array(values, np.float32)
    if detail["dtype"] == np.int8 and scale:
        return np.asarray((values.astype(np.float32) - zero) * scale, np.float32)
    return None
