"""TensorFlow Lite Micro's reference interpreter on this machine, behind the protocol of every engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_emotion.engines.ports import RawArray, checked_input, dequantise, quantise
from edge_emotion.errors import EngineError, MissingExtraError
from edge_emotion.types import FloatArray
from edge_emotion_export.quiet import quiet
from edge_emotion_export.tflm.ports import Graph


class MicroEngine:
    """One TFLite model, on the kernels that a microcontroller without vendor kernels runs.

    Parameters
    ----------
    graph
        What `edge_emotion_export.tflm.ports.read_graph` says of ``model``.
    arena_bytes
        Working memory; ten times the file where it is not given.

    Raises
    ------
    MissingExtraError
        If the package tflite-micro is not installed.
    EngineError
        If the interpreter lacks an operator or memory.
    """

    name: str = "tflite-micro"
    precision: str = "int8"

    def __init__(self, model: bytes, graph: Graph, arena_bytes: int | None = None) -> None:
        self._graph = graph
        self._interpreter = micro_interpreter(model, arena_bytes)

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        """See `edge_emotion.engines.Engine.run`."""
        raw = self.run_raw(
            {
                port.name: quantise(checked_input(inputs, port.name, port.facts.shape), port.facts)
                for port in self._graph.inputs
            }
        )
        return {port.name: dequantise(raw[port.name], port.facts) for port in self._graph.outputs}

    def run_raw(self, inputs: Mapping[str, RawArray]) -> Mapping[str, RawArray]:
        """The same in the tensors' own integers.

        Raises
        ------
        EngineError
            If an operator fails.
        """
        try:
            for port in self._graph.inputs:
                self._interpreter.set_input(inputs[port.name], port.position)
            self._interpreter.invoke()
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"TensorFlow Lite Micro failed: {error}") from error
        return {port.name: self._interpreter.get_output(port.position) for port in self._graph.outputs}


def micro_interpreter(model: bytes, arena_bytes: int | None, **settings: Any) -> Any:
    """A loaded interpreter of the package tflite-micro; what it prints is quoted where it fails.

    Raises
    ------
    MissingExtraError, EngineError
        As in `MicroEngine`.
    """
    runtime = micro_runtime()
    with quiet("loading the model in TensorFlow Lite Micro"):
        return runtime.Interpreter.from_bytes(model, arena_size=arena_bytes, **settings)


def micro_runtime() -> Any:
    """The package's module.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        from tflite_micro import runtime
    except ImportError:
        raise MissingExtraError("tflite-micro", "tflm") from None
    return runtime
