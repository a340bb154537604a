"""Stores the float weights of an ONNX model as int8 or float16 that are turned back to float on loading.

int8 is symmetric, one scale per output channel, all 8 bits: no int8 arithmetic follows that could saturate. Definition of
``DequantizeLinear``: ONNX operators, opset 13.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 127
_WEIGHT_INPUT = 1
_WEIGHTED = ("Conv", "Gemm", "MatMul")


def store_weights(model: Any) -> None:
    """Replace, in place, each float weight of Conv, Gemm and MatMul in a ``ModelProto`` by int8, scales and a dequantiser."""
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    floats = {t.name: t for t in graph.initializer if t.data_type == TensorProto.FLOAT}
    dequantisers: dict[str, Any] = {}
    for node in graph.node:
        if node.op_type not in _WEIGHTED or node.input[_WEIGHT_INPUT] not in floats:
            continue
        name = node.input[_WEIGHT_INPUT]
        if name not in dequantisers:
            weight = numpy_helper.to_array(floats[name])
            axis = _output_axis(node, weight.ndim)
            steps, scale = _quantised(weight, axis)
            graph.initializer.append(numpy_helper.from_array(steps, f"{name}_int8"))
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))
            dequantisers[name] = helper.make_node(
                "DequantizeLinear", [f"{name}_int8", f"{name}_scale"], [f"{name}_float"], axis=axis
            )
        node.input[_WEIGHT_INPUT] = f"{name}_float"
    for name in dequantisers:
        graph.initializer.remove(floats[name])
    nodes = [*dequantisers.values(), *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def store_half(model: Any) -> None:
    """Replace, in place, each float weight of Conv, Gemm and MatMul in a ``ModelProto`` by float16 and a cast."""
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    floats = {t.name: t for t in graph.initializer if t.data_type == TensorProto.FLOAT}
    readers = [n for n in graph.node if n.op_type in _WEIGHTED and n.input[_WEIGHT_INPUT] in floats]
    casts = []
    for name in dict.fromkeys(n.input[_WEIGHT_INPUT] for n in readers):
        half = numpy_helper.to_array(floats[name]).astype(np.float16)
        graph.initializer.append(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [f"{name}_float"], to=TensorProto.FLOAT))
        graph.initializer.remove(floats[name])
    for node in readers:
        node.input[_WEIGHT_INPUT] = f"{node.input[_WEIGHT_INPUT]}_float"
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def give_each_its_own_weights(path: Path) -> None:
    """Copy, in the file, each weight that several Gemm nodes share.

    onnxruntime's dynamic quantiser transposes a weight once for each of its readers, so that two of them turn it back (1.31.1).
    """
    import onnx

    model = onnx.load(path)
    weights = {t.name: t for t in model.graph.initializer}
    taken: set[str] = set()
    for count, node in enumerate(n for n in model.graph.node if n.op_type == "Gemm"):
        name = node.input[_WEIGHT_INPUT]
        if name in taken and name in weights:
            own = onnx.TensorProto()
            own.CopyFrom(weights[name])
            own.name = f"{name}_{count}"
            model.graph.initializer.append(own)
            node.input[_WEIGHT_INPUT] = own.name
        taken.add(name)
    onnx.save(model, path)


def _output_axis(node: Any, rank: int) -> int:
    if node.op_type == "Conv":
        return 0
    if node.op_type == "Gemm":
        return 0 if any(a.name == "transB" and a.i for a in node.attribute) else 1
    return rank - 1


def _quantised(weight: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    others = tuple(i for i in range(weight.ndim) if i != axis)
    largest = np.abs(weight).max(axis=others, keepdims=True)
    scale = np.where(largest > 0, largest / _STEPS, 1).astype(np.float32)
    steps = np.clip(np.rint(weight / scale), -_STEPS, _STEPS).astype(np.int8)
    return steps, scale.reshape(-1)
