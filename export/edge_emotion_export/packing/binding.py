"""Reads from a model file what the manifest must say about it: tensors, types, quantisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from edge_emotion.bundle.consistency import OUTPUT_NAMES
from edge_emotion.bundle.manifest import ModelFile, TensorBinding
from edge_emotion.engines.litert import interpreter_class
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.quiet import quiet


def describe(
    artefact: Artefact, input_names: Iterable[str], output_names: Sequence[str] = OUTPUT_NAMES
) -> ModelFile:
    """The manifest's entry for ``artefact``.

    Raises
    ------
    EngineError
        If the engine's package cannot read the file.
    """
    names = tuple(input_names)
    if artefact.engine == "onnxruntime":
        # ONNX keeps the names that it was exported with, and QDQ keeps float32 at the rim.
        inputs, outputs = [_plain(n) for n in names], [_plain(n) for n in output_names]
    else:
        found_inputs, found_outputs = _signature(artefact.content)
        inputs = [_quantised(n, found_inputs[n]) for n in names]
        outputs = [_quantised(n, found_outputs[n]) for n in output_names]
    return ModelFile(
        path=artefact.path,
        engine=artefact.engine,
        precision=artefact.precision,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
    )


def _plain(name: str) -> TensorBinding:
    return TensorBinding(name=name, tensor=name, dtype="float32")


def _quantised(name: str, detail: Mapping[str, Any]) -> TensorBinding:
    scale, zero_point = detail["quantization"]
    dtype: Any = np.dtype(detail["dtype"]).name  # the struct's reader checks the value
    return TensorBinding(
        name=name, tensor=detail["name"], dtype=dtype, scale=float(scale), zero_point=int(zero_point)
    )


def _signature(content: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    with quiet("reading the TFLite signature"):
        interpreter = interpreter_class()(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
        runner = interpreter.get_signature_runner()
        return runner.get_input_details(), runner.get_output_details()
