"""A two-input ONNX model small enough to be checked by hand."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from edge_emotion.bundle.manifest import InputSpec, ModelFile, TensorBinding


def binding(name: str) -> TensorBinding:
    return TensorBinding(name=name, tensor=name, dtype="float32")


@pytest.fixture
def proto() -> onnx.ModelProto:
    """logits = present @ [[1, 2], [3, 4]] + mean(cardiac), contributions = present."""
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [2, 2], [1.0, 2.0, 3.0, 4.0])
    nodes = [
        helper.make_node("MatMul", ["present", "weight"], ["product"]),
        helper.make_node("ReduceMean", ["cardiac"], ["mean"], keepdims=0),
        helper.make_node("Add", ["product", "mean"], ["logits"]),
        helper.make_node("Identity", ["present"], ["contributions"]),
    ]
    tensors = {"cardiac": [1, 2, 4], "present": [1, 2], "logits": [1, 2], "contributions": [1, 2]}
    ends = {n: helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in tensors.items()}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [ends["cardiac"], ends["present"]],
        [ends["logits"], ends["contributions"]],
        [weight],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


@pytest.fixture
def model(proto: onnx.ModelProto) -> bytes:
    data: bytes = proto.SerializeToString()
    return data


@pytest.fixture
def inputs() -> tuple[InputSpec, ...]:
    return (
        InputSpec(name="cardiac", role="cardiac", shape=(1, 2, 4), meaning="series"),
        InputSpec(name="present", role="", shape=(1, 2), meaning="mask"),
    )


@pytest.fixture
def file() -> ModelFile:
    return ModelFile(
        path="model.onnx",
        engine="onnxruntime",
        precision="float32",
        inputs=(binding("cardiac"), binding("present")),
        outputs=(binding("logits"), binding("contributions")),
    )
