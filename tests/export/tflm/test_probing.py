"""A file that kills an engine kills a child and becomes one line."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from edge_emotion.errors import EngineError
from edge_emotion_export.probing import check_survives


def out_of_bounds(model: bytes) -> bytes:
    """The same network, whose first operator reads a tensor that does not exist."""
    file = schema.ModelT.InitFromPackedBuf(model, 0)
    first = file.subgraphs[0].operators[0]
    first.inputs = np.array([30_000, *first.inputs[1:]], np.int32)
    builder = flatbuffers.Builder(len(model))
    builder.Finish(file.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_a_file_that_engines_survive_passes(built: Any) -> None:
    check_survives(built.model, "litert")
    check_survives(built.model, "tflite-micro")


def test_a_file_that_kills_is_one_line(built: Any) -> None:
    with pytest.raises(EngineError, match="tflite-micro ends its process with SIG") as caught:
        check_survives(out_of_bounds(built.model), "tflite-micro")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 4
