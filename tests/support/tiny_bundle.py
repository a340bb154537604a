"""A real bundle with a real ONNX model of one layer: stress is a higher heart rate and more skin responses than at rest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edge_emotion.bundle.container import encode
from edge_emotion.bundle.manifest import (
    SCHEMA_VERSION,
    ChannelScaling,
    DatasetUse,
    DecisionSpec,
    FileHash,
    InputSpec,
    Manifest,
    ModelFile,
    ModelSpec,
    NormalisationSpec,
    QuantizationSpec,
    TensorBinding,
    TrainingSpec,
)
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion.signals.spec import SignalSpec

WIDTHS = {
    "cardiac": 2,
    "eda": 2,
    "cardiac_features": len(CARDIAC_FEATURES),
    "eda_features": len(EDA_FEATURES),
}
OUTPUTS = ("logits", "contributions")


def shapes(spec: SignalSpec) -> dict[str, tuple[int, ...]]:
    steps = round(spec.window_s * spec.grid_hz)
    found = {n: (1, 2 * w) if n.endswith("features") else (1, 2 * w, steps) for n, w in WIDTHS.items()}
    return {**found, "present": (1, 2)}


def model(spec: SignalSpec) -> bytes:
    """logits from the reference views of heart rate and SCR rate; the series take no part."""
    cardiac = np.zeros((2 * len(CARDIAC_FEATURES), 2), np.float32)
    cardiac[len(CARDIAC_FEATURES) + CARDIAC_FEATURES.index("mean_heart_rate_bpm")] = (-1, 1)
    eda = np.zeros((2 * len(EDA_FEATURES), 2), np.float32)
    eda[len(EDA_FEATURES) + EDA_FEATURES.index("scr_per_min")] = (-1, 1)
    weights = {
        "wc": cardiac,
        "we": eda,
        "bias": np.array([1, -1], np.float32),
        "zero": np.zeros(2, np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["cardiac_features", "wc"], ["a"]),
        helper.make_node("MatMul", ["eda_features", "we"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["ab"]),
        *(node for name in ("cardiac", "eda") for node in _silent(name)),
        helper.make_node("Add", ["ab", "bias"], ["abc"]),
        helper.make_node("Add", ["abc", "cardiac_0"], ["abcd"]),
        helper.make_node("Add", ["abcd", "eda_0"], ["logits"]),
        helper.make_node("Softmax", ["present"], ["contributions"]),
    ]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes(spec).items()]
    outs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, (1, 2)) for n in OUTPUTS]
    initial = [numpy_helper.from_array(v, n) for n, v in weights.items()]
    graph = helper.make_graph(nodes, "tiny", ends, outs, initial)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(made)
    data: bytes = made.SerializeToString()
    return data


def write_bundle(path: Path, spec: SignalSpec, schema_version: int = SCHEMA_VERSION) -> Path:
    """Write the bundle; its reference is 60 s of rest."""
    members = {"model.onnx": model(spec), "MODEL_CARD.md": b"# tiny\n"}
    manifest = msgspec.structs.replace(_manifest(spec, members), schema_version=schema_version)
    path.write_bytes(encode({**members, "manifest.json": msgspec.json.encode(manifest)}))
    return path


def _silent(name: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("ReduceMean", [name], [f"{name}_mean"], keepdims=0),
        helper.make_node("Mul", [f"{name}_mean", "zero"], [f"{name}_0"]),
    ]


def _scaling(name: str) -> ChannelScaling:
    width = WIDTHS[name]
    within = {"cardiac_features": 5.0, "eda_features": 3.0}.get(name, 10.0)
    # Wide population scales: a made-up person must not count as unfamiliar.
    return ChannelScaling(
        tensor=name, mean=(0.0,) * width, scale=(1e3,) * width, within_scale=(within,) * width
    )


def _manifest(spec: SignalSpec, members: dict[str, bytes]) -> Manifest:
    binding = {n: TensorBinding(name=n, tensor=n, dtype="float32") for n in (*shapes(spec), *OUTPUTS)}
    inputs = tuple(
        InputSpec(name=n, role="" if n == "present" else n.split("_")[0], shape=s, meaning="test")
        for n, s in shapes(spec).items()
    )
    use = DatasetUse(name="nothing", licence="none", citation="nobody", people=0)
    file = ModelFile(
        path="model.onnx",
        engine="onnxruntime",
        precision="float32",
        inputs=tuple(binding[n] for n in shapes(spec)),
        outputs=tuple(binding[n] for n in OUTPUTS),
    )
    hashes = tuple(
        FileHash(path=n, bytes=len(d), sha256=hashlib.sha256(d).hexdigest()) for n, d in members.items()
    )
    return Manifest(
        schema_version=SCHEMA_VERSION,
        minimum_runtime="0.1.0",
        name="tiny",
        version="1.0.0",
        labels=("rest", "stress"),
        roles=("cardiac", "eda"),
        model=ModelSpec(family="linear", paper="none", parameters=4, macs=4),
        signals=spec,
        inputs=inputs,
        normalisation=NormalisationSpec(
            reference_s=60,
            minimum_good_share=0.5,
            prior_windows=10,
            limit=5,
            scaling=tuple(map(_scaling, WIDTHS)),
        ),
        decision=DecisionSpec(
            temperature=1,
            smoothing_windows=3,
            minimum_probability=0.6,
            minimum_quality=0.3,
            unfamiliar_share=0.5,
        ),
        quantization=QuantizationSpec(recipe="none", calibration_sha256="", calibration_windows=0),
        model_files=(file,),
        fidelity=(),
        training=TrainingSpec(recipe="test", seed=0, git="", datasets=(use,), held_out=(), boards=()),
        files=hashes,
    )
