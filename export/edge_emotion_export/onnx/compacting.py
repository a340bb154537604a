"""The same int8 graph in fewer bytes: what is told twice is told once, and tensors inside are called by a number.

Every operator of an int8 file stands between nodes with scales and zero points of their own. In `maan_lite` their names and their
wrapping weigh more than the weights (docs/decisions/103-lite-int8-under-100-kb.md).
"""

from __future__ import annotations

from typing import Any


def compact(model: Any) -> None:
    """Change a ``ModelProto`` in place; what it computes, and the names of its inputs and outputs, stay.

    To be done last: which layer lost how much is told by the names of tensors.
    """
    _share_constants(model.graph)
    _number_tensors(model.graph)


def _share_constants(graph: Any) -> None:
    from onnx import numpy_helper

    first: dict[tuple[int, tuple[int, ...], bytes], str] = {}
    same: dict[str, str] = {}
    for tensor in graph.initializer:
        key = (tensor.data_type, tuple(tensor.dims), numpy_helper.to_array(tensor).tobytes())
        same[tensor.name] = first.setdefault(key, tensor.name)
    for node in graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
    kept = [tensor for tensor in graph.initializer if same[tensor.name] == tensor.name]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _number_tensors(graph: Any) -> None:
    ports = {"", *(port.name for port in (*graph.input, *graph.output))}  # "" is an input that is left out
    numbers: dict[str, str] = {}

    def short(name: str) -> str:
        return name if name in ports else numbers.setdefault(name, str(len(numbers)))

    for node in graph.node:
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
    for tensor in graph.initializer:
        tensor.name = short(tensor.name)
