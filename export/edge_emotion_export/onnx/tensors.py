"""Everything that an ONNX model computes on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_emotion_export.artefact import Row
from edge_emotion_export.onnx.converting import DEQUANTISED
from edge_emotion_export.quiet import quiet


def tensors_of(content: bytes, rows: Sequence[Row]) -> Mapping[str, NDArray[np.float32]]:
    """By name, each (rows, ...): the float tensors, those of a quantised model after their own rounding.

    Raises
    ------
    EngineError
        If onnxruntime refuses the model.
    """
    import onnx
    import onnxruntime

    model = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
    graph = model.graph
    ends = {o.name for o in graph.output}
    floats = [v for v in graph.value_info if v.type.tensor_type.elem_type == onnx.TensorProto.FLOAT]
    graph.output.extend(v for v in floats if v.name not in ends)
    names = [o.name for o in graph.output]
    with quiet("running ONNX with all its tensors"):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        runs: list[list[Any]] = [session.run(names, dict(row)) for row in rows]
    found = {name: np.stack(values) for name, values in zip(names, zip(*runs, strict=True), strict=True)}
    rounded = {n.removesuffix(DEQUANTISED): v for n, v in found.items() if n.endswith(DEQUANTISED)}
    return found | rounded
