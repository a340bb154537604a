"""Recipes by name: flags, what each makes of a small network in both formats, and what fine-tuning gives back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import nn

from edge_emotion.bundle.manifest import InputSpec
from edge_emotion.engines.opening import open_model
from edge_emotion.errors import InputError, UsageError
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.calibration import rows_of
from edge_emotion_export.graph import head_of, int8_mac_share
from edge_emotion_export.ladder import Rung
from edge_emotion_export.network.complexity import count_macs
from edge_emotion_export.network.finetuning import fine_tune
from edge_emotion_export.network.layout import Flat
from edge_emotion_export.onnx.converting import convert_to_onnx
from edge_emotion_export.onnx.quantising import quantise_onnx, store_onnx
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.proof.arithmetic import int8_weight_share, read_operators
from edge_emotion_export.proof.layers import layer_losses, loss_table
from edge_emotion_export.recipes import Recipe, choose_recipe
from edge_emotion_export.tflite.converting import convert_to_tflite
from edge_emotion_export.tflite.quantising import quantise_tflite, store_tflite
from edge_emotion_train.models import MaanConfig, MeMhaclConfig, StreamConfig, build_model
from edge_emotion_train.recipe import load_recipe
from edge_emotion_train.runs.record import Run

WEARABLE = tuple(StreamConfig(role=r, channels=4, features=5) for r in ("cardiac", "eda"))
FORMATS = ("onnx", "tflite")
Sources = dict[str, Artefact]


@pytest.mark.parametrize(
    ("name", "int8", "qat", "wanted"),
    [
        (None, False, False, Recipe.FLOAT32),
        (None, True, False, Recipe.STATIC),
        (None, False, True, Recipe.QAT),
        (None, True, True, Recipe.QAT),
        ("float16", False, False, Recipe.FLOAT16),
        ("dynamic-int8", True, False, Recipe.DYNAMIC),
    ],
)
def test_flags_name_a_recipe(name: str | None, int8: bool, qat: bool, wanted: Recipe) -> None:
    assert choose_recipe(name, int8=int8, qat=qat) is wanted


@pytest.mark.parametrize(
    ("name", "int8", "qat", "message"),
    [
        (
            "int4",
            False,
            False,
            "no such recipe; give one of float32, float16, dynamic-int8, static-int8, qat-int8",
        ),
        ("float16", True, False, "--int8 and --recipe float16 contradict"),
        ("static-int8", False, True, "--qat and --recipe static-int8 contradict"),
    ],
)
def test_flags_that_make_no_sense(name: str, int8: bool, qat: bool, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        choose_recipe(name, int8=int8, qat=qat)
    assert caught.value.exit_code == 2


@pytest.fixture(scope="module")
def sources(run: Run) -> Sources:
    network, example = Flat(run.model).eval(), rows_of(run.calibration)[0]
    return {"onnx": convert_to_onnx(network, example), "tflite": convert_to_tflite(network, example)}


def logits(artefact: Artefact, rows: Sequence[Row]) -> np.ndarray:
    specs = tuple(InputSpec(name=n, role="", shape=v.shape, meaning="") for n, v in rows[0].items())
    engine = open_model(artefact.content, describe(artefact, rows[0]), specs)
    return np.concatenate([engine.run(row)["logits"] for row in rows])


@pytest.mark.parametrize("name", FORMATS)
def test_macs_read_from_a_file_are_those_of_the_network(sources: Sources, run: Run, name: str) -> None:
    operators = read_operators(sources[name])
    assert sum(o.macs for o in operators) == count_macs(run.model, rows_of(run.calibration)[0])
    assert int8_mac_share(operators) == 0


@pytest.mark.parametrize("name", FORMATS)
def test_the_body_computes_in_int8_and_the_head_in_float(sources: Sources, run: Run, name: str) -> None:
    quantise = quantise_onnx if name == "onnx" else quantise_tflite
    body = quantise(sources[name], rows_of(run.calibration)[:32], Rung.BODY)
    operators = read_operators(body)
    assert {o.arithmetic for o in operators if o.kind in ("Conv", "CONV_2D")} == {"int8"}
    assert {o.arithmetic for o in operators if o.kind in ("Gemm", "FULLY_CONNECTED")} == {"float"}
    assert 0.95 < int8_mac_share(operators) < 1
    assert int8_weight_share(body) > 0.99


@pytest.mark.parametrize("name", FORMATS)
def test_recipes_without_ranges(sources: Sources, run: Run, name: str) -> None:
    store = store_onnx if name == "onnx" else store_tflite
    rows = rows_of(run.calibration)[:20]
    truth = logits(sources[name], rows)
    half, dynamic = store(sources[name], "float16"), store(sources[name], "dynamic")
    assert (half.precision, dynamic.precision) == ("float16", "int8")
    np.testing.assert_allclose(logits(half, rows), truth, atol=5e-3)
    np.testing.assert_allclose(logits(dynamic, rows), truth, atol=0.15)
    assert int8_mac_share(read_operators(dynamic)) > 0.8
    assert int8_mac_share(read_operators(half)) == int8_weight_share(half) == 0
    assert len(half.content) < 0.75 * len(sources[name].content)


def test_a_weight_that_is_only_stored_as_int8_is_no_int8_arithmetic(sources: Sources, run: Run) -> None:
    inside = quantise_onnx(sources["onnx"], rows_of(run.calibration)[:16], Rung.INSIDE)
    operators = read_operators(inside)
    gemms = [o for o in operators if o.kind == "Gemm"]
    assert gemms
    assert all(o.arithmetic == "float" for o in gemms)
    assert int8_weight_share(inside) > 0.99


@pytest.mark.parametrize("name", FORMATS)
def test_the_table_names_the_layer_that_lost(sources: Sources, run: Run, name: str) -> None:
    quantise = quantise_onnx if name == "onnx" else quantise_tflite
    rows = rows_of(run.calibration)
    good = quantise(sources[name], rows[:32], Rung.BODY)
    # Ranges of windows that show nothing: everything above them is cut off.
    silent = [{n: v * np.float32(0.01) if n != "present" else v for n, v in row.items()} for row in rows[:32]]
    bad = quantise(sources[name], silent, Rung.BODY)
    best, worst = (min(x.sqnr_db for x in layer_losses(sources[name], f, rows[:8])) for f in (good, bad))
    assert best > 15 > 10 > worst
    assert "lost dB" in loss_table(layer_losses(sources[name], bad, rows[:8]))


def test_head_is_what_no_convolution_follows(sources: Sources) -> None:
    kinds = {o.kind for o in head_of(read_operators(sources["onnx"]))}
    assert {"Gemm", "Softmax"} <= kinds
    assert "Conv" not in kinds


@pytest.mark.parametrize(
    "config",
    [
        MaanConfig(streams=WEARABLE, steps=26, widths=(4, 6)),
        MeMhaclConfig(
            streams=WEARABLE, steps=24, widths=(4, 6), strides=(4, 2), kernels=(5, 3), token_width=8
        ),
    ],
    ids=["maan", "me_mhacl"],
)
def test_laid_out_as_images_a_network_says_the_same(config: MaanConfig | MeMhaclConfig) -> None:
    torch.manual_seed(0)
    model = build_model(config).eval()
    model.fold()
    flat = Flat(model)
    inputs = {i.name: torch.randn(3, *i.shape) for i in model.inputs}
    inputs["present"] = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    for wanted, found in zip(model(**inputs), flat(**inputs), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-6, rtol=0)
    assert not any(isinstance(m, nn.Conv1d) for m in flat.modules())
    assert any(isinstance(m, nn.Conv1d) for m in model.modules())


def test_fine_tuning_keeps_the_network_and_leaves_the_original_alone(run: Run) -> None:
    before = {name: values.clone() for name, values in run.model.state_dict().items()}
    told: list[str] = []
    learned = fine_tune(run.model, run.calibration, load_recipe("stress").training, told.append)
    for name, values in run.model.state_dict().items():
        assert torch.equal(values, before[name])
    inputs = {n: torch.from_numpy(v) for n, v in run.heldout.inputs.items()}
    with torch.no_grad():
        same = run.model(**inputs)[0].argmax(dim=1) == learned(**inputs)[0].argmax(dim=1)
    assert float(same.float().mean()) > 0.95
    assert "fine-tuned for" in told[0]


def test_fine_tuning_on_a_handful_of_windows_is_refused(run: Run) -> None:
    few = run.calibration.take(np.arange(40))
    with pytest.raises(
        InputError, match=r"needs 128 calibration windows and the run has 40: take --recipe static-int8"
    ):
        fine_tune(run.model, few, load_recipe("stress").training, print)
