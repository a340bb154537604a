"""What stands in an ONNX graph: operators, their cost, and whether they run in int8.

onnxruntime computes in int8 what lies between ``DequantizeLinear`` and ``QuantizeLinear``. A convolution needs both sides
and int8 weights; Gemm and MatMul may leave as float. Weights behind ``DequantizeLinear`` with float activations are turned
back on loading.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from edge_emotion_export.graph import Arithmetic, Operator

_INTEGER = frozenset({"ConvInteger", "MatMulInteger"})
_PRODUCTS = frozenset({"Conv", "Gemm", "MatMul"}) | _INTEGER
_WEIGHT = 1


def read_operators(content: bytes) -> tuple[Operator, ...]:
    """All nodes in the order of execution."""
    import onnx

    model = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
    graph = model.graph
    shapes = _shapes(graph)
    producers = {tensor: node for node in graph.node for tensor in node.output}
    readers: dict[str, list[Any]] = {}
    for node in graph.node:
        for tensor in node.input:
            readers.setdefault(tensor, []).append(node)
    return tuple(
        Operator(
            name=node.name or node.output[0],
            kind=node.op_type,
            inputs=tuple(node.input),
            outputs=tuple(node.output),
            macs=_macs(node, shapes),
            arithmetic=_arithmetic(node, producers, readers),
        )
        for node in graph.node
    )


def _shapes(graph: Any) -> dict[str, tuple[int, ...]]:
    values = [*graph.input, *graph.value_info, *graph.output]
    found = {v.name: tuple(d.dim_value for d in v.type.tensor_type.shape.dim) for v in values}
    return found | {t.name: tuple(t.dims) for t in graph.initializer}


def _macs(node: Any, shapes: Mapping[str, tuple[int, ...]]) -> int:
    if node.op_type not in _PRODUCTS:
        return 0
    weight, out = shapes.get(node.input[_WEIGHT], ()), shapes.get(node.output[0], ())
    if node.op_type in ("Conv", "ConvInteger"):
        return math.prod(out) * math.prod(weight[1:])
    if node.op_type == "Gemm":
        return math.prod(weight) * out[0]
    return math.prod(out) * weight[-2]  # (..., M, K) @ (..., K, N)


def _arithmetic(node: Any, producers: Mapping[str, Any], readers: Mapping[str, list[Any]]) -> Arithmetic:
    if node.op_type in _INTEGER:
        return "int8"
    if node.op_type not in _PRODUCTS:
        return "float"
    sources = [producers.get(tensor) for tensor in node.input[:2]]
    if any(source is None or source.op_type != "DequantizeLinear" for source in sources):
        return "float"
    return "int8" if node.op_type != "Conv" or _leaves_as_int8(node, readers) else "float"


def _leaves_as_int8(node: Any, readers: Mapping[str, list[Any]]) -> bool:
    """A ReLU between is folded into the convolution."""
    after = readers.get(node.output[0], [])
    return bool(after) and all(
        n.op_type == "QuantizeLinear" or (n.op_type == "Relu" and _leaves_as_int8(n, readers)) for n in after
    )
