"""What stands in a TFLite file: operators, their cost, and whether they run in int8; and names short enough to keep."""

from __future__ import annotations

import math
from typing import Any

from edge_emotion_export.graph import Arithmetic, Operator

_IDENTIFIER = b"TFL3"
_PRODUCTS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "BATCH_MATMUL"})
_ACTIVATION, _WEIGHT = 0, 1


def unpacked(content: bytes) -> Any:
    """The flatbuffer as objects."""
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromPackedBuf(content, 0)


def packed(model: Any) -> bytes:
    """The bytes of what `unpacked` gave."""
    import flatbuffers

    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


def read_operators(content: bytes) -> tuple[Operator, ...]:
    """All operators of the first subgraph in the order of execution."""
    model = unpacked(content)
    graph = model.subgraphs[0]
    kinds = kinds_of(model)

    def tensor(index: int) -> str:
        return str(graph.tensors[index].name.decode())

    return tuple(
        Operator(
            name=tensor(operator.outputs[0]),
            kind=kind,
            inputs=tuple(tensor(i) for i in operator.inputs if i >= 0),
            outputs=tuple(map(tensor, operator.outputs)),
            macs=_macs(kind, operator, graph),
            arithmetic=_arithmetic(kind, operator, graph),
        )
        for kind, operator in zip(kinds, graph.operators, strict=True)
    )


def kinds_of(model: Any) -> list[str]:
    """What the operators of the first subgraph are called."""
    from ai_edge_litert import schema_py_generated as schema

    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    # Old files hold the code in the one field, new ones in the other; the unused one is 0.
    codes = [max(c.builtinCode, c.deprecatedBuiltinCode) for c in model.operatorCodes]
    return [names[codes[o.opcodeIndex]] for o in model.subgraphs[0].operators]


def with_short_names(content: bytes) -> bytes:
    """The same model with tensors called after their operator and place instead of their path through the network's classes.

    The paths were 30 kB of 167 in the shipped network's file, and an operator's rule finds it by a name that must be its own.
    """
    model = unpacked(content)
    graph = model.subgraphs[0]
    made = {i: kind for kind, o in zip(kinds_of(model), graph.operators, strict=True) for i in o.outputs}
    ends = {*graph.inputs, *graph.outputs}
    for index, tensor in enumerate(graph.tensors):
        if index not in ends:
            tensor.name = f"{made.get(index, 'constant').lower()}_{index}".encode()
    return packed(model)


def _macs(kind: str, operator: Any, graph: Any) -> int:
    if kind not in _PRODUCTS:
        return 0
    weight = [int(n) for n in graph.tensors[operator.inputs[_WEIGHT]].shape]
    out = math.prod(int(n) for n in graph.tensors[operator.outputs[0]].shape)
    if kind == "DEPTHWISE_CONV_2D":
        return out * math.prod(weight[1:3])  # (1, height, width, channels)
    if kind == "BATCH_MATMUL":
        return out * int(graph.tensors[operator.inputs[_ACTIVATION]].shape[-1])
    return out * math.prod(weight[1:])


def _arithmetic(kind: str, operator: Any, graph: Any) -> Arithmetic:
    from ai_edge_litert import schema_py_generated as schema

    if kind not in _PRODUCTS:
        return "float"
    # int8 weights with float activations are a hybrid operator: activations become int8 while it runs. Weights that are
    # only stored as int8 pass a DEQUANTIZE first and are float here.
    return "int8" if graph.tensors[operator.inputs[_WEIGHT]].type == schema.TensorType.INT8 else "float"
