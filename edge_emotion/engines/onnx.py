"""ONNX models in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edge_emotion.bundle.manifest import InputSpec, ModelFile
from edge_emotion.engines.onnx_guard import refuse_external_data
from edge_emotion.engines.ports import (
    TensorFacts,
    check_shape,
    check_tensor,
    checked_input,
)
from edge_emotion.errors import EngineError, MissingExtraError
from edge_emotion.types import FloatArray

_ERRORS_ONLY = 3


class OnnxEngine:
    """One ONNX model on one thread; inputs and outputs are float32 also where the inside is int8 (QDQ).

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
        If onnxruntime is not installed.
    EngineError
        If the model refers to other files, cannot be loaded, or is not what the manifest says.
    """

    name: str = "onnxruntime"

    def __init__(
        self, model: bytes, file: ModelFile, inputs: tuple[InputSpec, ...], threads: int = 1
    ) -> None:
        self.precision: str = file.precision
        refuse_external_data(model, file.path)
        self._file = file
        self._session = _session(model, file.path, threads)
        found = {t.name: _facts(t) for t in [*self._session.get_inputs(), *self._session.get_outputs()]}
        bound = {b.name: b for b in file.inputs}
        for spec in inputs:
            check_shape(file, spec, check_tensor(file, bound[spec.name], found.get(bound[spec.name].tensor)))
        for binding in file.outputs:
            check_tensor(file, binding, found.get(binding.tensor))
        self._inputs = tuple((spec.name, bound[spec.name].tensor, spec.shape) for spec in inputs)
        self._output_names = tuple(b.name for b in file.outputs)
        self._output_tensors = [b.tensor for b in file.outputs]

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        """See `edge_emotion.engines.Engine.run`."""
        feed = {tensor: checked_input(inputs, name, shape) for name, tensor, shape in self._inputs}
        try:
            values = self._session.run(self._output_tensors, feed)
        except Exception as error:  # onnxruntime's own exceptions share no base below Exception
            raise EngineError(f"onnxruntime failed on {self._file.path}: {_first_line(error)}") from error
        return dict(zip(self._output_names, values, strict=True))


def _session(model: bytes, path: str, threads: int) -> Any:  # onnxruntime is untyped
    try:
        import onnxruntime  # lazily: where LiteRT has wheels, nobody has it unasked
    except ImportError:
        raise MissingExtraError("onnxruntime", "onnxruntime") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads  # more than one only spin: twice the CPU time at the same latency
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base below Exception
        raise EngineError(
            f"onnxruntime {onnxruntime.__version__} cannot load {path}: {_first_line(error)}; "
            "upgrade onnxruntime (1.18 or newer), or try --engine litert"
        ) from error


def _facts(tensor: Any) -> TensorFacts:
    dtype = {"tensor(float)": "float32", "tensor(int8)": "int8", "tensor(uint8)": "uint8"}
    shape = tuple(int(d) if isinstance(d, (int, np.integer)) else -1 for d in tensor.shape)
    return TensorFacts(shape=shape, dtype=dtype.get(tensor.type, tensor.type), scale=0.0, zero_point=0)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
