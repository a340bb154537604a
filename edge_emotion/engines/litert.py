"""TFLite models in LiteRT, or in its predecessor tflite-runtime where only that is installed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from edge_emotion.bundle.manifest import InputSpec, ModelFile
from edge_emotion.engines import tflite_legacy
from edge_emotion.engines.chatter import drop_native_lines
from edge_emotion.engines.ports import (
    TensorFacts,
    check_shape,
    check_tensor,
    checked_input,
    dequantise,
    quantise,
)
from edge_emotion.errors import EngineError, MissingExtraError
from edge_emotion.types import FloatArray

PACKAGES = ("ai_edge_litert", tflite_legacy.PACKAGE)
"""In the order of preference. tflite-runtime ended at 2.14: Python 3.11 and numpy 1 only."""


_DYNAMIC = "dynamic-int8"


class LitertEngine:
    """One TFLite model on one thread with the default XNNPACK delegate.

    Parameters
    ----------
    model
        Bytes of the file.
    file
        What the manifest says about it.
    inputs
        The manifest's inputs.
    threads
        Only the benchmark asks for more than one.

    Raises
    ------
    MissingExtraError
        If no TFLite interpreter is installed.
    EngineError
        If the model cannot be loaded or is not what the manifest says.
    """

    name: str = "litert"

    def __init__(
        self, model: bytes, file: ModelFile, inputs: tuple[InputSpec, ...], threads: int = 1
    ) -> None:
        self.precision: str = file.precision
        self._file = file
        package = _package()
        if file.recipe == _DYNAMIC and package != PACKAGES[0]:
            raise EngineError(
                f"{file.path} is {_DYNAMIC}, which {package} computes wrongly without a word: pip install ai-edge-litert, "
                "or take a bundle made with static-int8 or float32"
            )
        self._interpreter = _load(model, file.path, threads)
        found_inputs = {d["name"]: d for d in self._interpreter.get_input_details()}
        found_outputs = {d["name"]: d for d in self._interpreter.get_output_details()}
        bound = {b.name: b for b in file.inputs}
        self._inputs: list[tuple[str, int, TensorFacts]] = []
        for spec in inputs:
            binding = bound[spec.name]
            detail = found_inputs.get(binding.tensor)
            facts = check_tensor(file, binding, _facts(detail) if detail else None)
            check_shape(file, spec, facts)
            self._inputs.append((spec.name, int(found_inputs[binding.tensor]["index"]), facts))
        self._outputs: list[tuple[str, int, TensorFacts]] = []
        for binding in file.outputs:
            detail = found_outputs.get(binding.tensor)
            facts = check_tensor(file, binding, _facts(detail) if detail else None)
            self._outputs.append((binding.name, int(found_outputs[binding.tensor]["index"]), facts))

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        """See `edge_emotion.engines.Engine.run`."""
        raw = [
            (index, quantise(checked_input(inputs, name, facts.shape), facts))
            for name, index, facts in self._inputs
        ]
        try:
            for index, values in raw:
                self._interpreter.set_tensor(index, values)
            self._interpreter.invoke()
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"LiteRT failed on {self._file.path}: {error}") from error
        return {
            name: dequantise(self._interpreter.get_tensor(index), facts)
            for name, index, facts in self._outputs
        }


def interpreter_class() -> Any:
    """The ``Interpreter`` of the first TFLite package that is installed.

    Raises
    ------
    MissingExtraError
        If none is.
    EngineError
        If one is installed but cannot be imported.
    """
    package = _package()
    try:
        return importlib.import_module(f"{package}.interpreter").Interpreter
    except ImportError as error:
        raise EngineError(
            f"{package} is installed but cannot be imported: {error}; "
            "run: pip install --upgrade 'edge-emotion[litert]', or use --engine onnxruntime"
        ) from error


def _package() -> str:
    for package in PACKAGES:
        if find_spec(package) is not None:
            return package
    raise MissingExtraError("ai-edge-litert", "litert")


def _load(model: bytes, path: str, threads: int) -> Any:  # the packages are untyped
    interpreter = interpreter_class()
    try:
        with drop_native_lines(b"INFO: Created TensorFlow Lite XNNPACK delegate"):
            loaded = interpreter(model_content=model, num_threads=threads)
            loaded.allocate_tensors()
        if interpreter.__module__.startswith(tflite_legacy.PACKAGE):
            tflite_legacy.refuse_hybrid(loaded, path)
    except (RuntimeError, ValueError) as error:
        raise EngineError(
            f"LiteRT cannot load {path}: {error}; upgrade with pip install --upgrade ai-edge-litert, "
            "or use --engine onnxruntime"
        ) from error
    return loaded


def _facts(detail: Mapping[str, Any]) -> TensorFacts:
    scale, zero_point = detail["quantization"]
    return TensorFacts(
        shape=tuple(int(d) for d in detail["shape"]),
        dtype=np.dtype(detail["dtype"]).name,
        scale=float(scale),
        zero_point=int(zero_point),
    )
