"""The same files in TensorFlow Lite Micro: operator after operator what LiteRT's reference kernels say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_emotion.engines.ports import quantise
from edge_emotion.errors import EngineError
from edge_emotion_export.tflm.divergence import first_divergence
from edge_emotion_export.tflm.micro_engine import MicroEngine
from edge_emotion_export.tflm.ports import read_graph


@pytest.mark.parametrize("exhibit", ["convolutions", "maps", "fusion"])
def test_micro_goes_along_with_litert(zoo: Callable, exhibit: str) -> None:
    stuffed = zoo(exhibit)
    model = stuffed.files["int8.tflite"].content
    graph = read_graph(model)
    for row in stuffed.rows[:4]:
        raw = {port.name: quantise(row[port.name], port.facts) for port in graph.inputs}
        assert first_divergence(model, graph, raw) == ""


def test_operator_that_micro_lacks_is_refused(zoo: Callable) -> None:
    model = zoo("pointwise").files["int8.tflite"].content
    assert "GELU" in read_graph(model).operators
    with pytest.raises(EngineError, match="loading the model in TensorFlow Lite Micro failed"):
        MicroEngine(model, read_graph(model))
