"""Is it really int8? Reads a file's operators, and counts the weights that it stores as int8, in the file itself."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from edge_emotion_export.artefact import Artefact
from edge_emotion_export.graph import Operator
from edge_emotion_export.onnx.reading import read_operators as read_onnx
from edge_emotion_export.tflite.reading import read_operators as read_tflite
from edge_emotion_export.tflite.reading import unpacked

_FLOAT, _INT8 = "float", "int8"
_WEIGHT_RANK = 2


def read_operators(artefact: Artefact) -> tuple[Operator, ...]:
    """The operators of either format."""
    return (read_onnx if artefact.engine == "onnxruntime" else read_tflite)(artefact.content)


def int8_weight_share(artefact: Artefact) -> float:
    """Share of the weights (constants of two or more dimensions) that are stored as int8, by number of values.

    Biases are left out: int8 arithmetic keeps them at int32 or float.
    """
    constants = list(
        _onnx_constants(artefact.content)
        if artefact.engine == "onnxruntime"
        else _tflite_constants(artefact.content)
    )
    total = sum(size for _, size in constants)
    return sum(size for kind, size in constants if kind == _INT8) / total if total else 0.0


def _onnx_constants(content: bytes) -> Iterable[tuple[str, int]]:
    import onnx

    kinds = {
        onnx.TensorProto.FLOAT: _FLOAT,
        onnx.TensorProto.FLOAT16: _FLOAT,
        onnx.TensorProto.INT8: _INT8,
    }
    for tensor in onnx.load_from_string(content).graph.initializer:
        if tensor.data_type in kinds and len(tensor.dims) >= _WEIGHT_RANK:
            yield kinds[tensor.data_type], int(np.prod(tensor.dims))


def _tflite_constants(content: bytes) -> Iterable[tuple[str, int]]:
    from ai_edge_litert import schema_py_generated as schema

    model = unpacked(content)
    types = schema.TensorType
    kinds = {types.FLOAT32: _FLOAT, types.FLOAT16: _FLOAT, types.INT8: _INT8}
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            stored = model.buffers[tensor.buffer].data
            if stored is None or len(stored) == 0 or tensor.type not in kinds:
                continue
            if len(tensor.shape) >= _WEIGHT_RANK:
                yield kinds[tensor.type], int(np.prod(tensor.shape))
