"""What is not the trained network is refused with one line, and nothing is written over what is not ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from edge_emotion.errors import GateError, UsageError
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.calibration import rows_of
from edge_emotion_export.packing.describing import input_specs
from edge_emotion_export.proof.reference import reference_of
from edge_emotion_export.tflm.making import Golden, MicroBuild
from edge_emotion_export.tflm.proof import Held, failures_of, prove
from edge_emotion_export.tflm.writing import write_micro
from edge_emotion_train.runs.record import Run


def build(built: Any) -> MicroBuild:
    zeros = {p.name: np.zeros(p.facts.shape, p.facts.dtype) for p in built.graph.inputs}
    outs = {p.name: np.zeros(p.facts.shape, p.facts.dtype) for p in built.graph.outputs}
    return MicroBuild(
        model=built.model, graph=built.graph, facts=built.facts, golden=(Golden(inputs=zeros, outputs=outs),)
    )


def test_another_network_is_refused(built: Any, small_run: Run) -> None:
    reference = reference_of(small_run.model, small_run.heldout, 1.0)
    other = replace(reference, probabilities=reference.probabilities[:, ::-1])
    artefact = Artefact(engine="litert", precision="int8", content=built.model)
    specs = input_specs(small_run, rows_of(small_run.heldout)[0])
    with pytest.raises(
        GateError, match="nothing written: label agreement with the trained network 0"
    ) as caught:
        prove(artefact, built.graph, specs, Held(reference=other, without={"eda": other}))
    assert caught.value.exit_code == 5
    assert "label agreement without eda 0.0" in str(caught.value)
    assert "the integers lose it, not the interpreter" in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"label_agreement": 0.98}, "label agreement with the trained network 0.9800, at least 0.99"),
        ({"litert_label_agreement": 0.3}, "label agreement with LiteRT 0.3000, at least 0.99"),
        ({"macro_f1": 0.0}, "macro-F1 lost"),
        ({"agreement_without": (("eda", 0.5),)}, "label agreement without eda 0.5000"),
        ({"label_agreement": float("nan")}, "label agreement with the trained network nan"),
    ],
)
def test_every_figure_has_its_limit(built: Any, changed: dict[str, Any], message: str) -> None:
    assert failures_of(built.facts.proof) == []
    (failure,) = failures_of(msgspec.structs.replace(built.facts.proof, **changed))
    assert failure.startswith(message)


def test_a_build_replaces_a_build_and_nothing_else(built: Any, tmp_path: Path) -> None:
    folder = write_micro(build(built), tmp_path / "a-tflm")
    (folder / "stray").write_text("of an older build")
    write_micro(build(built), folder)
    assert "stray" not in {path.name for path in folder.iterdir()}
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="holds no microcontroller build"):
        write_micro(build(built), tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
