"""The engine knows which package it runs in: one of them computes dynamic int8 wrongly and says nothing."""

from __future__ import annotations

from importlib.machinery import ModuleSpec

import msgspec
import pytest

from edge_emotion.bundle.manifest import InputSpec, ModelFile
from edge_emotion.engines import litert
from edge_emotion.errors import EngineError


def test_dynamic_int8_is_refused_where_only_tflite_runtime_is(
    file: ModelFile, inputs: tuple[InputSpec, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_the_old(name: str) -> ModuleSpec | None:
        return ModuleSpec(name, None) if name == "tflite_runtime" else None

    monkeypatch.setattr(litert, "find_spec", only_the_old)
    dynamic = msgspec.structs.replace(file, engine="litert", precision="int8", recipe="dynamic-int8")
    with pytest.raises(EngineError, match="dynamic-int8, which tflite_runtime computes wrongly") as caught:
        litert.LitertEngine(b"", dynamic, inputs)
    assert caught.value.exit_code == 4
