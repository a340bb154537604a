"""What tflite-runtime would compute wrongly is told apart; `scripts/test-tflite-runtime` runs the real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ai_edge_quantizer import quantizer, recipe

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.litert import interpreter_class
from edge_emotion.engines.tflite_legacy import hybrid_operators, refuse_hybrid
from edge_emotion.errors import EngineError

BUNDLE = load_bundle(default_bundle_path())


def opened(model: bytes) -> Any:
    interpreter = interpreter_class()(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


def quantised(rules: Any, folder: Path) -> bytes:
    path = folder / "model.tflite"
    path.write_bytes(BUNDLE.read("model.tflite"))
    job = quantizer.Quantizer(str(path))
    job.load_quantization_recipe(rules)
    return bytes(job.quantize().quantized_model)


def test_dynamic_range_is_refused(tmp_path: Path) -> None:
    interpreter = opened(quantised(recipe.dynamic_wi8_afp32(), tmp_path))
    assert hybrid_operators(interpreter) == ("CONV_2D", "FULLY_CONNECTED")
    with pytest.raises(EngineError, match=r"m.tflite is dynamic-range int8 .* use --engine onnxruntime"):
        refuse_hybrid(interpreter, "m.tflite")


def test_weights_that_are_only_stored_as_int8_are_not(tmp_path: Path) -> None:
    refuse_hybrid(opened(quantised(recipe.weight_only_wi8_afp32(), tmp_path)), "m.tflite")


@pytest.mark.parametrize("path", [f.path for f in BUNDLE.manifest.model_files if f.engine == "litert"])
def test_shipped_files_are_not(path: str) -> None:
    refuse_hybrid(opened(BUNDLE.read(path)), path)
