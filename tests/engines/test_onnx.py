"""The onnxruntime engine computes, and refuses what is not as the manifest says."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from edge_emotion.bundle.manifest import InputSpec, ModelFile
from edge_emotion.engines.onnx import OnnxEngine
from edge_emotion.errors import EngineError, MissingExtraError
from edge_emotion.types import FloatArray

Inputs = tuple[InputSpec, ...]


def window() -> dict[str, FloatArray]:
    return {"cardiac": np.full((1, 2, 4), 0.5, np.float32), "present": np.array([[1, 1]], np.float32)}


def changed(file: ModelFile, index: int, **values: Any) -> ModelFile:
    bindings = list(file.inputs)
    bindings[index] = msgspec.structs.replace(bindings[index], **values)
    return msgspec.structs.replace(file, inputs=tuple(bindings))


def test_outputs_are_those_of_the_graph(model: bytes, file: ModelFile, inputs: Inputs) -> None:
    outputs = OnnxEngine(model, file, inputs).run(window())
    np.testing.assert_allclose(outputs["logits"], [[4.5, 6.5]])
    np.testing.assert_allclose(outputs["contributions"], [[1, 1]])


def test_inputs_need_not_be_contiguous(model: bytes, file: ModelFile, inputs: Inputs) -> None:
    series = np.asfortranarray(np.arange(8, dtype=np.float32).reshape(1, 2, 4))
    outputs = OnnxEngine(model, file, inputs).run(window() | {"cardiac": series})
    np.testing.assert_allclose(outputs["logits"], [[7.5, 9.5]])


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ({"cardiac": np.zeros((1, 2, 5), np.float32)}, r"shape \[1, 2, 5\]; the model takes \[1, 2, 4\]"),
        ({"cardiac": np.full((1, 2, 4), np.nan, np.float32)}, "not finite"),
        ({"present": np.array([[np.inf, 0]], np.float32)}, "not finite"),
    ],
)
def test_unusable_input_is_named(
    model: bytes, file: ModelFile, inputs: Inputs, spoilt: dict[str, FloatArray], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        OnnxEngine(model, file, inputs).run(window() | spoilt)


def test_missing_input_is_named(model: bytes, file: ModelFile, inputs: Inputs) -> None:
    with pytest.raises(EngineError, match="'present' is missing; given: cardiac"):
        OnnxEngine(model, file, inputs).run({"cardiac": window()["cardiac"]})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tensor": "heart"}, "tensor 'heart' is in the manifest but not in the model"),
        ({"dtype": "int8", "scale": 0.5}, "is float32 with scale 0 .* the manifest says int8, 0.5"),
    ],
)
def test_other_tensor_than_the_manifest_says_is_refused(
    model: bytes, file: ModelFile, inputs: Inputs, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        OnnxEngine(model, changed(file, 0, **values), inputs)


def test_other_shape_than_the_manifest_says_is_refused(model: bytes, file: ModelFile, inputs: Inputs) -> None:
    other = (msgspec.structs.replace(inputs[0], shape=(1, 2, 8)), inputs[1])
    with pytest.raises(EngineError, match=r"shape \[1, 2, 4\]; the manifest says \[1, 2, 8\]"):
        OnnxEngine(model, file, other)


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(100)])
def test_what_is_no_model_is_refused_in_one_line(content: bytes, file: ModelFile, inputs: Inputs) -> None:
    with pytest.raises(EngineError) as caught:
        OnnxEngine(content, file, inputs)
    assert "\n" not in str(caught.value)
    assert "model.onnx" in str(caught.value)


def test_absent_package_is_named(
    model: bytes, file: ModelFile, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match="onnxruntime is not installed"):
        OnnxEngine(model, file, inputs)
