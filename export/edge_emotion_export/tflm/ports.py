"""What a TFLite file says of its inputs, outputs and operators, read from the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_emotion.engines.ports import TensorFacts

_DTYPES = {0: "float32", 2: "int32", 4: "int64", 7: "int16", 9: "int8"}
"""``TensorType`` of the TFLite schema, as far as these networks have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output.

    Parameters
    ----------
    name
        In the network's signature.
    position
        Among the graph's inputs or outputs: what ``interpreter.input(position)`` takes on a microcontroller.
    """

    name: str
    position: int
    facts: TensorFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A TFLite file, as far as a microcontroller's program must know it.

    Parameters
    ----------
    operators
        Names of the kinds of operators that occur, sorted.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    operators: tuple[str, ...]


def read_graph(model: bytes) -> Graph:
    """Read a file with one signature, whose tensors are quantised as wholes."""
    from ai_edge_litert import schema_py_generated as schema

    file = schema.ModelT.InitFromPackedBuf(model, 0)
    graph, signature = file.subgraphs[0], file.signatureDefs[0]
    return Graph(
        inputs=_ports(graph, graph.inputs, signature.inputs),
        outputs=_ports(graph, graph.outputs, signature.outputs),
        operators=tuple(sorted({operator_name(file, o) for o in graph.operators})),
    )


def operator_name(file: Any, operator: Any) -> str:
    """Such as ``CONV_2D``; ``file`` is a ``ModelT`` of the schema."""
    from ai_edge_litert import schema_py_generated as schema

    constants = vars(schema.BuiltinOperator).items()
    names: dict[int, str] = {number: name for name, number in constants if isinstance(number, int)}
    code = file.operatorCodes[operator.opcodeIndex]
    # Old readers know the first 127 by the deprecated field; the larger one is meant.
    return names[max(code.builtinCode, code.deprecatedBuiltinCode)]


def _ports(graph: Any, indices: Sequence[int], named: Sequence[Any]) -> tuple[Port, ...]:
    names = {int(entry.tensorIndex): entry.name.decode() for entry in named}
    return tuple(
        Port(name=names[int(index)], position=position, facts=_facts(graph.tensors[int(index)]))
        for position, index in enumerate(indices)
    )


def _facts(tensor: Any) -> TensorFacts:
    quantised = tensor.quantization is not None and tensor.quantization.scale is not None
    return TensorFacts(
        shape=tuple(int(d) for d in np.asarray(tensor.shape)),
        dtype=_DTYPES[tensor.type],
        scale=float(tensor.quantization.scale[0]) if quantised else 0.0,
        zero_point=int(tensor.quantization.zeroPoint[0]) if quantised else 0,
    )
