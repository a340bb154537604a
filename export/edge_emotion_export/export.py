"""From a run to a bundle: convert, quantise, embed, prove, pack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from torch import nn

from edge_emotion.bundle.manifest import SCHEMA_VERSION, Manifest, QuantizationSpec
from edge_emotion.bundle.reader import Bundle
from edge_emotion.bundle.writing import write_bundle
from edge_emotion.engines.opening import open_model
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.calibration import (
    check_windows,
    choose_calibration,
    digest,
    rows_of,
    with_missing_roles,
)
from edge_emotion_export.ladder import Rung, Score, climb
from edge_emotion_export.onnx.converting import convert_to_onnx
from edge_emotion_export.onnx.quantising import RUNGS as ONNX_RUNGS
from edge_emotion_export.onnx.quantising import quantise_onnx
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.packing.card import write_card
from edge_emotion_export.packing.describing import input_specs, model_spec
from edge_emotion_export.packing.embedded import embed
from edge_emotion_export.packing.packing import pack
from edge_emotion_export.proof.proving import (
    MINIMUM_WINDOWS,
    check_gates,
    label_agreement,
    probabilities_of,
    prove,
    reference_of,
    references_without,
)
from edge_emotion_export.tflite.converting import convert_to_tflite
from edge_emotion_export.tflite.quantising import RUNGS as TFLITE_RUNGS
from edge_emotion_export.tflite.quantising import quantise_tflite
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.record import Run

MINIMUM_RUNTIME = "0.1.0"
"""The first runtime that reads schema 1."""

Format = Literal["onnx", "tflite"]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to export.

    Parameters
    ----------
    precisions
        ``("float32",)``, or with ``"int8"`` as well: float files are always made, to compare with on the device.
    """

    formats: tuple[Format, ...]
    precisions: tuple[Literal["float32", "int8"], ...]
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """How one format is made."""

    convert: Callable[[nn.Module, Row], Artefact]
    quantise: Callable[[Artefact, Sequence[Row], Rung], Artefact]
    rungs: tuple[Rung, ...]


_MAKERS: dict[Format, _Maker] = {
    "onnx": _Maker(convert=convert_to_onnx, quantise=quantise_onnx, rungs=ONNX_RUNGS),
    "tflite": _Maker(convert=convert_to_tflite, quantise=quantise_tflite, rungs=TFLITE_RUNGS),
}


def export_run(run: Run, order: Order, path: Path, progress: Progress) -> Bundle:
    """Write the bundle of ``run`` to ``path``, if every file is proved to be the trained network.

    Parameters
    ----------
    progress
        Told what is being done, one line a step.

    Raises
    ------
    InputError
        If the run's windows or weights prove nothing.
    EngineError
        If a converter or an engine fails.
    GateError
        If a file is not faithful enough; nothing is written.
    """
    check_windows("held-out", run.heldout, MINIMUM_WINDOWS)
    calibration = choose_calibration(run.calibration, run.record.roles)
    made = _make_files(run, order, calibration, progress)
    manifest = _manifest(run, order, calibration, made)
    final = [embed(artefact, manifest) for artefact in made]
    progress(f"proving {len(final)} files on {len(run.heldout)} held-out windows")
    temperature = run.record.decision.temperature
    reference = reference_of(run.model, run.heldout, temperature)
    without = references_without(run.model, run.heldout, run.record.roles, temperature)
    proofs = [
        prove(artefact, file, manifest.inputs, reference, without)
        for artefact, file in zip(final, manifest.model_files, strict=True)
    ]
    check_gates(proofs)
    manifest = msgspec.structs.replace(manifest, fidelity=tuple(p.fidelity for p in proofs))
    return write_bundle(pack(manifest, final, write_card(manifest)), path)


def _make_files(run: Run, order: Order, calibration: WindowSet, progress: Progress) -> list[Artefact]:
    rows = rows_of(calibration)
    # Every stored training window judges: a few hundred cannot tell 99.0 from 99.7 %.
    judging = with_missing_roles(run.calibration, run.record.roles)
    reference = reference_of(run.model, judging, run.record.decision.temperature)
    inputs = input_specs(run, rows[0])

    def judge(artefact: Artefact) -> Score:
        engine = open_model(artefact.content, describe(artefact, rows[0]), inputs)
        found = probabilities_of(engine, reference)
        return Score(
            agreement=label_agreement(found, reference.probabilities),
            mean_abs_error=float(np.abs(found - reference.probabilities).mean()),
        )

    files: list[Artefact] = []
    for name in order.formats:
        maker = _MAKERS[name]
        progress(f"converting to {name}")
        source = maker.convert(run.model, rows[0])
        files.append(source)
        if "int8" not in order.precisions:
            continue
        progress(f"quantising {name} to int8 on {len(rows)} calibration windows")
        quantise = partial(maker.quantise, source, rows)
        choice = climb(maker.rungs, quantise, judge)
        tried = ", ".join(f"{rung} {score.agreement:.4f}" for rung, score in choice.tried)
        progress(f"  labels kept on {len(judging)} training windows: {tried}")
        recipe = f"{choice.artefact.recipe} (labels kept on {len(judging)} training windows: {tried})"
        files.append(replace(choice.artefact, recipe=recipe))
    return files


def _manifest(run: Run, order: Order, calibration: WindowSet, files: Sequence[Artefact]) -> Manifest:
    record, example = run.record, rows_of(calibration.take(np.arange(1)))[0]
    recipe = "; ".join(f"{f.engine}: {f.recipe}" for f in files if f.recipe)
    quantization = QuantizationSpec(recipe="none", calibration_sha256="", calibration_windows=0)
    if recipe:
        quantization = QuantizationSpec(
            recipe=recipe, calibration_sha256=digest(calibration), calibration_windows=len(calibration)
        )
    return Manifest(
        schema_version=SCHEMA_VERSION,
        minimum_runtime=MINIMUM_RUNTIME,
        name=order.name,
        version=order.version,
        labels=record.labels,
        roles=record.roles,
        model=model_spec(run, example),
        signals=record.signals,
        inputs=input_specs(run, example),
        normalisation=record.normalisation,
        decision=record.decision,
        quantization=quantization,
        model_files=tuple(describe(f, example) for f in files),
        fidelity=(),
        training=record.training,
        files=(),
    )
