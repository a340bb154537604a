"""What the folder holds: the array, the operators, the arena, the golden windows, the proof."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_emotion.errors import EngineError
from edge_emotion_export.proof.reference import label_agreement, probabilities_of, reference_of
from edge_emotion_export.tflm.arena import STEP_BYTES
from edge_emotion_export.tflm.cpp import adder
from edge_emotion_export.tflm.micro_engine import MicroEngine
from edge_emotion_train.runs.record import Run

CXX = shutil.which("c++") or "c++"
WARNINGS = ("-std=c++17", "-Wall", "-Wextra", "-Werror")
DECLARED = Path(__file__).parent / "declared"
"""The few declarations of TensorFlow Lite Micro that the sources use: its tree is in no package."""


def test_the_command_says_what_it_wrote(built: Any) -> None:
    assert built.folder.name == "stress-fusion-0.1.0-tflm"
    assert built.said["tflm"]["path"] == str(built.folder)
    assert built.said["tflm"]["model_sha256"] == hashlib.sha256(built.model).hexdigest()
    assert "files" not in built.said  # no bundle was asked for


def test_the_array_is_the_model_on_sixteen_bytes(built: Any, tmp_path: Path) -> None:
    library = tmp_path / "model.so"
    subprocess.run([CXX, *WARNINGS, "-shared", "-fPIC", built.folder / "model.cc", "-o", library], check=True)
    array = (ctypes.c_ubyte * len(built.model)).in_dll(ctypes.CDLL(str(library)), "_ZN12edge_emotion6kModelE")
    assert bytes(array) == built.model
    assert ctypes.addressof(array) % 16 == 0


def test_the_host_test_is_valid_cpp(built: Any) -> None:
    source = built.folder / "host_test.cc"
    subprocess.run([CXX, *WARNINGS, "-fsyntax-only", "-I", DECLARED, source], check=True)


def test_the_arena_is_enough_and_hardly_more(built: Any) -> None:
    MicroEngine(built.model, built.graph, built.facts.arena_bytes)
    with pytest.raises(EngineError, match="allocate"):
        MicroEngine(built.model, built.graph, built.facts.arena_bytes - 2 * STEP_BYTES)


def test_integers_throughout(built: Any) -> None:
    wanted = f"int{built.facts.activation_bits}"
    ports = (*built.graph.inputs, *built.graph.outputs)
    assert {port.facts.dtype for port in ports} == {wanted}
    assert "DEQUANTIZE" not in built.graph.operators


def test_operators_are_registered_by_name(built: Any) -> None:
    text = (built.folder / "operators.h").read_text()
    assert f"MicroMutableOpResolver<{len(built.graph.operators)}>" in text
    assert all(f"resolver.{adder(name)}()" in text for name in built.graph.operators)


@pytest.mark.parametrize(
    ("operator", "method"),
    [
        ("CONV_2D", "AddConv2D"),
        ("DEPTHWISE_CONV_2D", "AddDepthwiseConv2D"),
        ("FULLY_CONNECTED", "AddFullyConnected"),
        ("BATCH_MATMUL", "AddBatchMatMul"),
        ("PADV2", "AddPadV2"),
        ("RELU6", "AddRelu6"),
    ],
)
def test_methods_of_the_resolver(operator: str, method: str) -> None:
    assert adder(operator) == method


def test_the_proof_is_what_micro_does(built: Any, small_run: Run) -> None:
    reference = reference_of(small_run.model, small_run.heldout, small_run.record.decision.temperature)
    found = probabilities_of(MicroEngine(built.model, built.graph), reference)
    proof = built.facts.proof
    assert proof.windows == len(small_run.heldout)
    assert proof.label_agreement == label_agreement(found, reference.probabilities) >= 0.99
    assert proof.max_abs_error == pytest.approx(np.abs(found - reference.probabilities).max())


def test_golden_windows_are_of_each_class_and_of_nobody(built: Any, small_run: Run) -> None:
    text = (built.folder / "golden.h").read_text()
    port = next(p for p in built.graph.inputs if p.name == "cardiac")
    stored = text.split(f"kIn1_{port.position}[] = {{")[1].split("}")[0]
    values = (np.array(stored.split(","), int) - port.facts.zero_point) * port.facts.scale
    windows = small_run.calibration
    mean = windows.inputs["cardiac"][windows.labels == 1].mean(axis=0)
    np.testing.assert_allclose(values, mean.reshape(-1), atol=port.facts.scale)
