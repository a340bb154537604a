"""No tensor may name a file, wherever it hides; what is not protobuf is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from edge_emotion.engines.onnx_guard import refuse_external_data
from edge_emotion.errors import EngineError


def outside() -> onnx.TensorProto:
    tensor = TensorProto(name="outside", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    return tensor


def constant(name: str = "c") -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=outside())


def as_initializer(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(outside())


def as_attribute(model: onnx.ModelProto) -> None:
    model.graph.node.append(constant())


def in_a_branch(model: onnx.ModelProto) -> None:
    branch = helper.make_graph([constant()], "branch", [], [])
    model.graph.node.append(helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch))


def in_a_function(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 18)]
    model.functions.append(helper.make_function("own", "f", [], ["c"], [constant()], opset))


def in_sparse_values(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.append(onnx.SparseTensorProto(values=outside(), dims=[1]))


def only_the_location(model: onnx.ModelProto) -> None:
    tensor = outside()
    tensor.ClearField("external_data")
    model.graph.initializer.append(tensor)


@pytest.mark.parametrize(
    "hide",
    [as_initializer, as_attribute, in_a_branch, in_a_function, in_sparse_values, only_the_location],
)
def test_tensor_outside_of_the_file_is_found(
    proto: onnx.ModelProto, hide: Callable[[onnx.ModelProto], None]
) -> None:
    hide(proto)
    with pytest.raises(EngineError, match=r"model\.onnx keeps weights in another file"):
        refuse_external_data(proto.SerializeToString(), "model.onnx")


def test_ordinary_model_passes(model: bytes) -> None:
    assert refuse_external_data(model, "model.onnx") is None


def test_spelt_out_default_location_passes(proto: onnx.ModelProto) -> None:
    proto.graph.initializer[0].data_location = TensorProto.DEFAULT
    assert refuse_external_data(proto.SerializeToString(), "model.onnx") is None


def test_truncated_model_is_refused(model: bytes) -> None:
    with pytest.raises(EngineError, match="not an ONNX model"):
        refuse_external_data(model[:-3], "model.onnx")


def test_endless_nesting_is_refused(proto: onnx.ModelProto) -> None:
    inner = helper.make_graph([constant()], "inner", [], [])
    for _ in range(20):
        inner = helper.make_graph([helper.make_node("If", ["x"], ["y"], then_branch=inner)], "g", [], [])
    proto.graph.node.append(helper.make_node("If", ["x"], ["y"], then_branch=inner))
    with pytest.raises(EngineError, match="nested more than"):
        refuse_external_data(proto.SerializeToString(), "model.onnx")


@given(st.binary(max_size=200))
def test_any_bytes_pass_or_are_refused_on_purpose(data: bytes) -> None:
    with suppress(EngineError):  # anything else, a crash or an endless loop among it, fails the test
        refuse_external_data(data, "model.onnx")
