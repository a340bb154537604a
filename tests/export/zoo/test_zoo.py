"""Each layer in each format, float and int8, against torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest
from zoo_layers import exhibits

from edge_emotion.engines.litert import interpreter_class
from edge_emotion.engines.ports import TensorFacts, dequantise, quantise
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.proof.arithmetic import int8_weight_share

LAYERS = [(name, output) for name, exhibit in exhibits().items() for output in exhibit.outputs]
LEAST_DB = 25.0
"""Signal over quantisation noise; 8 bits that fit their range give about 40 dB on such values."""

Outputs = dict[str, np.ndarray]


def in_onnxruntime(file: Artefact, rows: list[Row]) -> Outputs:
    session = onnxruntime.InferenceSession(file.content, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    said = [session.run(names, dict(row)) for row in rows]
    return {name: np.concatenate([values[i] for values in said]) for i, name in enumerate(names)}


def in_litert(file: Artefact, rows: list[Row]) -> Outputs:
    interpreter = interpreter_class()(model_content=file.content, num_threads=1)
    signature = interpreter.get_signature_runner()
    facts = {
        name: TensorFacts(
            shape=(),
            dtype=np.dtype(d["dtype"]).name,
            scale=float(d["quantization"][0]),
            zero_point=int(d["quantization"][1]),
        )
        for name, d in {**signature.get_input_details(), **signature.get_output_details()}.items()
    }
    said = [signature(**{n: quantise(v, facts[n]) for n, v in row.items()}) for row in rows]
    return {n: np.concatenate([dequantise(values[n], facts[n]) for values in said]) for n in said[0]}


RUNNERS: dict[str, Callable[[Artefact, list[Row]], Outputs]] = {"onnx": in_onnxruntime, "tflite": in_litert}


def decibels(found: np.ndarray, truth: np.ndarray) -> float:
    noise = float(((found.astype(np.float64) - truth) ** 2).mean())
    return 10 * float(np.log10((truth.astype(np.float64) ** 2).mean() / max(noise, 1e-30)))


@pytest.fixture(scope="session")
def said(zoo: Callable) -> Callable[[str, str], Outputs]:
    known: dict[tuple[str, str], Outputs] = {}

    def ask(exhibit: str, file: str) -> Outputs:
        if (exhibit, file) not in known:
            stuffed = zoo(exhibit)
            known[exhibit, file] = RUNNERS[file.split(".")[-1]](stuffed.files[file], stuffed.rows)
        return known[exhibit, file]

    return ask


@pytest.mark.parametrize("file", RUNNERS)
@pytest.mark.parametrize(("exhibit", "layer"), LAYERS)
def test_float_is_torch(zoo: Callable, said: Callable, exhibit: str, layer: str, file: str) -> None:
    np.testing.assert_allclose(said(exhibit, file)[layer], zoo(exhibit).truth[layer], atol=2e-5)


@pytest.mark.parametrize("file", RUNNERS)
@pytest.mark.parametrize(("exhibit", "layer"), LAYERS)
def test_int8_is_nearly_torch(zoo: Callable, said: Callable, exhibit: str, layer: str, file: str) -> None:
    assert decibels(said(exhibit, f"int8.{file}")[layer], zoo(exhibit).truth[layer]) > LEAST_DB


@pytest.mark.parametrize("file", RUNNERS)
@pytest.mark.parametrize("exhibit", exhibits())
def test_int8_is_int8(zoo: Callable, exhibit: str, file: str) -> None:
    assert int8_weight_share(zoo(exhibit).files[f"int8.{file}"]) > 0.99
