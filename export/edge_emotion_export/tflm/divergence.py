"""Where TensorFlow Lite Micro leaves the path: the operator at fault, for the message of a refusal.

Both interpreters keep every tensor of one run; LiteRT's reference kernels are what Micro's were written after, so that
operator after operator equal inputs must give equal outputs, up to a step of rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edge_emotion.engines.ports import RawArray
from edge_emotion_export.quiet import quiet
from edge_emotion_export.tflm.micro_engine import micro_interpreter, micro_runtime
from edge_emotion_export.tflm.ports import Graph, operator_name

_ROUNDING_STEPS = 2


def first_divergence(model: bytes, graph: Graph, inputs: Mapping[str, RawArray]) -> str:
    """The first operator whose output differs by more than rounding, and by how much; empty if none does."""
    from ai_edge_litert import schema_py_generated as schema

    file = schema.ModelT.InitFromPackedBuf(model, 0)
    keep_all = micro_runtime().InterpreterConfig.kPreserveAllTensors
    # An arena that holds every tensor at once: what a graph of these sizes has, many times over.
    micro = micro_interpreter(model, 100 * len(model), intrepreter_config=keep_all)
    for port in graph.inputs:
        micro.set_input(inputs[port.name], port.position)
    micro.invoke()
    reference = _litert(model, graph, inputs)
    for number, operator in enumerate(file.subgraphs[0].operators):
        for tensor in map(int, operator.outputs):
            found = np.asarray(micro.GetTensor(tensor, 0)["tensor_data"], np.int64)
            truth = np.asarray(reference.get_tensor(tensor), np.int64)
            steps = int(np.abs(found.reshape(-1) - truth.reshape(-1)).max(initial=0))
            if steps > _ROUNDING_STEPS:
                return f"operator {number}, {operator_name(file, operator)}, differs by {steps} steps"
    return ""


def _litert(model: bytes, graph: Graph, inputs: Mapping[str, RawArray]) -> Any:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    with quiet("running the model in LiteRT's reference kernels"):
        interpreter = Interpreter(
            model_content=model,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        interpreter.allocate_tensors()
        details = interpreter.get_input_details()
        for port in graph.inputs:
            interpreter.set_tensor(details[port.position]["index"], inputs[port.name])
        interpreter.invoke()
    return interpreter
