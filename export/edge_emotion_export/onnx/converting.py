"""torch to float32 ONNX, without the traces that the exporter leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from edge_emotion.bundle.consistency import OUTPUT_NAMES
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.quiet import quiet

DEQUANTISED = ".d"
"""Ends the name of a tensor that was rounded to int8 and turned back."""
OPSET = 18
"""The newest opset that every quantiser here handles; opset 21 produced files that onnxruntime refused."""


def convert_to_onnx(model: nn.Module, example: Row, outputs: Sequence[str] = OUTPUT_NAMES) -> Artefact:
    """Export with torch's graph exporter, batch fixed at the example's 1.

    Parameters
    ----------
    model
        In eval mode; takes the example's names as keywords, gives a tuple with one tensor for each of ``outputs``.

    Raises
    ------
    EngineError
        If the exporter does not know an operator.
    """
    import onnx

    tensors = {name: torch.from_numpy(values) for name, values in example.items()}
    with quiet("conversion to ONNX"):
        program = torch.onnx.export(
            model,
            (),
            kwargs=tensors,
            input_names=list(tensors),
            output_names=list(outputs),
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
        assert program is not None  # None only with the legacy exporter
        proto = program.model_proto
        strip(proto)
        onnx.checker.check_model(proto, full_check=True)
    return Artefact(engine="onnxruntime", precision="float32", content=serialise(proto))


def strip(model: Any) -> None:
    """Remove stack traces (with the author's paths), doc strings and inferred shapes from a ``ModelProto``, in place.

    The model-level metadata is emptied too: the manifest is embedded last.
    """
    model.doc_string = ""
    del model.metadata_props[:]
    graph = model.graph
    graph.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    for item in [*graph.node, *graph.initializer, *graph.input, *graph.output]:
        item.doc_string = ""
        del item.metadata_props[:]


_SHORT = {
    "_DequantizeLinear_Output": DEQUANTISED,
    "_QuantizeLinear_Output": ".q",
    "_zero_point": ".z",
    "_quantized": ".i",
    "_scale": ".s",
}


def shorten(model: Any) -> None:
    """Drop the nodes' names and shorten what onnxruntime's quantiser appends to those of tensors, in place.

    Two nodes around every operator and five names for each: a fifth of the shipped network's int8 file.
    """

    def short(name: str) -> str:
        for long, ending in _SHORT.items():
            name = name.replace(long, ending)
        return name

    graph = model.graph
    for node in graph.node:
        node.name = ""
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
    for tensor in graph.initializer:
        tensor.name = short(tensor.name)


def serialise(model: Any) -> bytes:
    """Bytes of a ``ModelProto``, the same for the same model."""
    data: bytes = model.SerializeToString(deterministic=True)
    return data
