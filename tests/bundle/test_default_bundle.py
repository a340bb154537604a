"""The shipped bundle: everything its manifest claims about its files is measured again from the files."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import onnx
import pytest
from ai_edge_litert import schema_py_generated as tflite
from signals import interleaved, packets

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import Manifest, ModelFile
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines.litert import interpreter_class
from edge_emotion.engines.opening import open_model
from edge_emotion.runtime.decision import softmax
from edge_emotion.runtime.normalise import Normaliser
from edge_emotion.signals.chain import Chain
from edge_emotion.simulation.generator import simulate
from edge_emotion.types import FloatArray, Modality, Window

MAX_BYTES = 1_500_000


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(default_bundle_path())


def models(bundle: Bundle, engine: str) -> Iterator[tuple[ModelFile, bytes]]:
    for file in bundle.manifest.model_files:
        if file.engine == engine:
            yield file, bundle.read(file.path)


def windows_of_made_up_people(manifest: Manifest) -> list[dict[str, FloatArray]]:
    """Model inputs of two simulated sessions after their reference, and one in ten once more without each role."""
    rows = []
    for seed in (1, 2):
        person = simulate(seed=seed)
        chain = Chain(manifest.signals, (Modality.ECG, Modality.EDA))
        normaliser = Normaliser(manifest.normalisation, manifest.decision.minimum_quality)
        ecg = packets(Modality.ECG, person.ecg_mv, person.ecg_rate_hz, [130])
        eda = packets(Modality.EDA, person.eda_us, person.eda_rate_hz, [15])
        for event in (e for packet in interleaved(ecg, eda) for e in chain.push(packet)):
            if not isinstance(event, Window):
                continue
            result = normaliser.push(event)
            if result.reference_ready:
                rows.append({name: values[None] for name, values in result.inputs.items()})
    return rows + [without(row, i, r) for row in rows[::10] for i, r in enumerate(manifest.roles)]


def without(row: dict[str, FloatArray], index: int, role: str) -> dict[str, FloatArray]:
    """The same window as the runtime gives it when ``role`` is away."""
    silent = {n: np.zeros_like(v) if n.split("_")[0] == role else v.copy() for n, v in row.items()}
    silent["present"][0, index] = 0
    return silent


def test_name_size_and_hash_of_the_file(bundle: Bundle) -> None:
    data = bundle.path.read_bytes()
    assert bundle.path.name == f"{bundle.manifest.name}-{bundle.manifest.version}.emo"
    assert hashlib.sha256(data).hexdigest() == bundle.sha256
    assert len(data) < MAX_BYTES


def test_listed_files_are_the_members(bundle: Bundle) -> None:
    with zipfile.ZipFile(bundle.path) as archive:
        found = {n: archive.read(n) for n in archive.namelist() if n != "manifest.json"}
    listed = {f.path: (f.bytes, f.sha256) for f in bundle.manifest.files}
    assert listed == {n: (len(d), hashlib.sha256(d).hexdigest()) for n, d in found.items()}


def test_it_holds_both_engines_in_both_precisions(bundle: Bundle) -> None:
    held = {(f.engine, f.precision) for f in bundle.manifest.model_files}
    assert held == {(e, p) for e in ("onnxruntime", "litert") for p in ("float32", "int8")}


def test_onnx_names_shapes_and_types_are_the_manifests(bundle: Bundle) -> None:
    shapes = {i.name: i.shape for i in bundle.manifest.inputs}
    shapes |= {"logits": (1, len(bundle.manifest.labels)), "contributions": (1, len(bundle.manifest.roles))}
    for file, content in models(bundle, "onnxruntime"):
        graph = onnx.load_from_string(content).graph
        found = {
            v.name: (v.type.tensor_type.elem_type, tuple(d.dim_value for d in v.type.tensor_type.shape.dim))
            for v in [*graph.input, *graph.output]
        }
        bound = {b.tensor: (onnx.TensorProto.FLOAT, shapes[b.name]) for b in (*file.inputs, *file.outputs)}
        assert found == bound
        assert {b.dtype for b in (*file.inputs, *file.outputs)} == {"float32"}


def test_tflite_names_shapes_types_and_scales_are_the_manifests(bundle: Bundle) -> None:
    shapes = {i.name: i.shape for i in bundle.manifest.inputs}
    shapes |= {"logits": (1, len(bundle.manifest.labels)), "contributions": (1, len(bundle.manifest.roles))}
    for file, content in models(bundle, "litert"):
        interpreter = interpreter_class()(model_content=content)
        details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
        found = {
            d["name"]: (tuple(d["shape"]), np.dtype(d["dtype"]).name, *map(float, d["quantization"]))
            for d in details
        }
        bound = (*file.inputs, *file.outputs)
        assert found == {b.tensor: (shapes[b.name], b.dtype, b.scale, b.zero_point) for b in bound}


def onnx_weights(content: bytes) -> list[tuple[str, int]]:
    kinds = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.INT8: "int8"}
    tensors = onnx.load_from_string(content).graph.initializer
    return [
        (kinds[t.data_type], int(np.prod(t.dims)))
        for t in tensors
        if len(t.dims) >= 2 and t.data_type in kinds
    ]


def tflite_weights(content: bytes) -> list[tuple[str, int]]:
    kinds = {tflite.TensorType.FLOAT32: "float32", tflite.TensorType.INT8: "int8"}
    model: Any = tflite.ModelT.InitFromPackedBuf(content, 0)
    filled = [b.data is not None and len(b.data) > 0 for b in model.buffers]
    tensors = [
        t for graph in model.subgraphs for t in graph.tensors if filled[t.buffer] and len(t.shape) >= 2
    ]
    return [(kinds[t.type], int(np.prod(t.shape))) for t in tensors if t.type in kinds]


def test_int8_share_is_counted_in_the_files(bundle: Bundle) -> None:
    claimed = {p.path: p.int8_weight_share for p in bundle.manifest.fidelity}
    for file in bundle.manifest.model_files:
        count = onnx_weights if file.engine == "onnxruntime" else tflite_weights
        weights = count(bundle.read(file.path))
        share = sum(n for kind, n in weights if kind == "int8") / sum(n for _, n in weights)
        assert claimed[file.path] == pytest.approx(share)
        assert share >= 0.95 if file.precision == "int8" else share == 0


def test_parameters_are_counted_in_the_float_file(bundle: Bundle) -> None:
    file = next(f for f in bundle.manifest.model_files if f.path == "model.onnx")
    tensors = onnx.load_from_string(bundle.read(file.path)).graph.initializer
    stored = sum(int(np.prod(t.dims)) for t in tensors if t.data_type == onnx.TensorProto.FLOAT)
    assert bundle.manifest.model.parameters == pytest.approx(
        stored, rel=0.01
    )  # a few scalars are no parameters


def test_embedded_manifests_equal_the_bundles(bundle: Bundle) -> None:
    wanted = msgspec.structs.replace(bundle.manifest, files=(), fidelity=())
    for _, content in models(bundle, "onnxruntime"):
        found = {p.key: p.value for p in onnx.load_from_string(content).metadata_props}
        assert msgspec.json.decode(found["edge_emotion.manifest"], type=Manifest) == wanted
    for _, content in models(bundle, "litert"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            raw = archive.read("edge_emotion/manifest.json")
        assert msgspec.json.decode(raw, type=Manifest) == wanted


def test_onnx_loads_in_old_runtimes_and_leaks_no_path(bundle: Bundle) -> None:
    for _, content in models(bundle, "onnxruntime"):
        model = onnx.load_from_string(content)
        assert model.ir_version <= 10
        assert {o.domain: o.version for o in model.opset_import}[""] == 18
        assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
        assert b"site-packages" not in content


def test_proof_passes_the_gates_for_every_file(bundle: Bundle) -> None:
    proofs = {p.path: p for p in bundle.manifest.fidelity}
    assert set(proofs) == {f.path for f in bundle.manifest.model_files}
    assert min(p.windows for p in proofs.values()) >= 200
    assert min(p.label_agreement for p in proofs.values()) >= 0.99
    assert max(p.macro_f1_float - p.macro_f1 for p in proofs.values()) <= 0.005


def test_engines_and_precisions_agree_from_signals_on(bundle: Bundle) -> None:
    rows = windows_of_made_up_people(bundle.manifest)
    assert len(rows) > 100
    found = {}
    for file in bundle.manifest.model_files:
        engine = open_model(bundle.read(file.path), file, bundle.manifest.inputs)
        logits = np.stack([engine.run(row)["logits"][0] for row in rows])
        found[file.path] = softmax(logits, bundle.manifest.decision.temperature)
    truth = found["model.onnx"]
    limits = {"float32": 1e-4, "int8": 0.05}
    for file in bundle.manifest.model_files:
        assert np.abs(found[file.path] - truth).max() < limits[file.precision]
        same = found[file.path].argmax(axis=1) == truth.argmax(axis=1)
        assert same.mean() >= 0.97  # made-up people lie near the border


def test_held_out_people_and_licences_are_named(bundle: Bundle) -> None:
    training = bundle.manifest.training
    assert training.held_out
    assert training.datasets
    card = bundle.read("MODEL_CARD.md").decode()
    for dataset in training.datasets:
        assert dataset.licence
        assert dataset.licence in card
        assert dataset.citation in card
