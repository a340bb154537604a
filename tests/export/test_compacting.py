"""An int8 ONNX file in fewer bytes says the same to the last bit."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import torch

from edge_emotion_export.artefact import Row
from edge_emotion_export.ladder import Rung
from edge_emotion_export.network.layout import Flat
from edge_emotion_export.onnx.compacting import compact
from edge_emotion_export.onnx.converting import convert_to_onnx, serialise
from edge_emotion_export.onnx.quantising import quantise_onnx
from edge_emotion_train.models import AcmcConfig, StreamConfig, build_model

STREAMS = tuple(StreamConfig(role=r, channels=4, features=5) for r in ("cardiac", "eda"))


def said(content: bytes, rows: list[Row]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return [np.asarray(value) for row in rows for value in session.run(["logits", "contributions"], row)]


def test_a_compact_file_says_the_same_in_fewer_bytes() -> None:
    torch.manual_seed(0)
    model = build_model(
        AcmcConfig(streams=STREAMS, steps=24, widths=(4, 6), strides=(4, 2), kernels=(5, 3), connected=(0, 1))
    )
    model.eval()
    model.fold()
    random = np.random.default_rng(0)
    rows: list[Row] = [
        {i.name: random.normal(size=(1, *i.shape)).astype(np.float32) for i in model.inputs}
        for _ in range(16)
    ]
    for row in rows:
        row["present"] = np.ones((1, 2), np.float32)
    plain = quantise_onnx(convert_to_onnx(Flat(model).eval(), rows[0]), rows, Rung.STATIC).content
    proto = onnx.load_from_string(plain)
    compact(proto)
    onnx.checker.check_model(proto, full_check=True)
    small = serialise(proto)
    assert len(small) < 0.75 * len(plain)
    for one, other in zip(said(plain, rows), said(small, rows), strict=True):
        np.testing.assert_array_equal(one, other)
    compact(proto)
    assert serialise(proto) == small
