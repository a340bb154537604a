"""From a run to a bundle: make the files, embed, prove, pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch

from edge_emotion.bundle.manifest import SCHEMA_VERSION, Manifest, ModelFile, QuantizationSpec, StreamingSpec
from edge_emotion.bundle.reader import Bundle
from edge_emotion.bundle.writing import write_bundle
from edge_emotion.engines.opening import open_model
from edge_emotion.errors import InputError
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.calibration import check_windows, choose_calibration, digest, rows_of
from edge_emotion_export.hop_files import make_hop_files
from edge_emotion_export.making import Made, Progress, make_files
from edge_emotion_export.network.hop import hop_row
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.packing.card import write_card
from edge_emotion_export.packing.describing import input_specs, model_spec
from edge_emotion_export.packing.embedded import embed
from edge_emotion_export.packing.packing import pack
from edge_emotion_export.proof.gates import check_gates, failures_of
from edge_emotion_export.proof.layers import layer_losses, loss_table
from edge_emotion_export.proof.proving import MINIMUM_WINDOWS, Proof, prove, prove_engine
from edge_emotion_export.proof.reference import reference_of, references_without
from edge_emotion_export.proof.timing import median_us
from edge_emotion_export.recipes import Order
from edge_emotion_export.streaming import described, open_hop, streaming_network, streaming_spec
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import TrainingSettings
from edge_emotion_train.runs.record import Run

MINIMUM_RUNTIME = "0.1.0"
"""The first runtime that reads schema 1."""

_LAYER_WINDOWS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written, and how long one inference of each file takes here: the manifest's files, then those of one hop."""

    bundle: Bundle
    median_us: tuple[float, ...]


def export_run(
    run: Run,
    order: Order,
    path: Path,
    progress: Progress,
    *,
    calibrate_on: WindowSet | None = None,
    settings: TrainingSettings | None = None,
) -> Exported:
    """Write the bundle of ``run`` to ``path``, if every file is proved to be the trained network.

    Parameters
    ----------
    progress
        Told what is being done, one line a step.
    calibrate_on
        Windows for the int8 ranges; ``None`` takes the run's own training windows.
    settings
        The recipe's training settings; ``qat-int8`` needs them.

    Raises
    ------
    InputError
        If the run's windows or weights prove nothing.
    EngineError
        If a converter or an engine fails.
    GateError
        If a file is not faithful enough; nothing is written.
    """
    _check_weights(run)
    check_windows("held-out", run.heldout, MINIMUM_WINDOWS)
    calibration = choose_calibration(
        run.calibration if calibrate_on is None else calibrate_on, run.record.roles
    )
    made = make_files(run, order, calibration, settings, progress)
    files = [artefact for both in made for artefact in both.files]
    made_hops = make_hop_files(run, order, calibration, made, progress)
    hops = [artefact for both in made_hops for artefact in both.files]
    manifest = _manifest(run, order, calibration, files, hops)
    final = [embed(artefact, manifest) for artefact in files]
    final_hops = [embed(artefact, manifest) for artefact in hops]
    proofs, hop_proofs = _prove(run, final, final_hops, manifest, progress)
    _tell_losses([*made, *made_hops], [*proofs, *hop_proofs], progress)
    check_gates([*proofs, *hop_proofs], order.recipe)
    manifest = _with_proofs(manifest, proofs, hop_proofs)
    times = _times(run, final, final_hops, manifest, calibration)
    packed = pack(manifest, [*final, *final_hops], write_card(manifest))
    return Exported(bundle=write_bundle(packed, path), median_us=times)


def _with_proofs(manifest: Manifest, proofs: Sequence[Proof], hop_proofs: Sequence[Proof]) -> Manifest:
    streaming = manifest.streaming
    if streaming is not None:
        streaming = msgspec.structs.replace(streaming, fidelity=tuple(p.fidelity for p in hop_proofs))
    return msgspec.structs.replace(manifest, fidelity=tuple(p.fidelity for p in proofs), streaming=streaming)


def _check_weights(run: Run) -> None:
    for name, values in run.model.state_dict().items():
        if not torch.isfinite(values).all():
            raise InputError(f"the run's weights hold values in {name!r} that are not finite: train again")


def _prove(
    run: Run, final: Sequence[Artefact], hops: Sequence[Artefact], manifest: Manifest, progress: Progress
) -> tuple[list[Proof], list[Proof]]:
    """Of the files of whole windows, and of those of one hop."""
    progress(f"proving {len(final) + len(hops)} files on {len(run.heldout)} held-out windows")
    temperature = run.record.decision.temperature
    reference = reference_of(run.model, run.heldout, temperature)
    without = references_without(run.model, run.heldout, run.record.roles, temperature)
    whole = [
        prove(artefact, file, manifest.inputs, reference, without)
        for artefact, file in zip(final, manifest.model_files, strict=True)
    ]
    spec = manifest.streaming
    if spec is None:
        return whole, []
    opened = [open_hop(hop, spec, manifest.inputs) for hop in hops]
    return whole, [
        prove_engine(hop, engine, reference, without) for hop, engine in zip(hops, opened, strict=True)
    ]


def _tell_losses(made: Sequence[Made], proofs: Sequence[Proof], progress: Progress) -> None:
    """Before the gate closes: the layers that lost most in each file that fails it."""
    failed = {p.fidelity.path for p in proofs if failures_of(p)}
    for both in made:
        if both.derived is not None and both.derived.path in failed:
            rows = both.rows[:_LAYER_WINDOWS]
            progress(f"{both.derived.path}: layers that lost most, on {len(rows)} calibration windows")
            progress(loss_table(layer_losses(both.source, both.derived, rows)))


def _times(
    run: Run, final: Sequence[Artefact], hops: Sequence[Artefact], manifest: Manifest, calibration: WindowSet
) -> tuple[float, ...]:
    row = rows_of(calibration.take(np.arange(1)))[0]
    files = zip(final, manifest.model_files, strict=True)
    whole = median_us([open_model(a.content, f, manifest.inputs) for a, f in files], row)
    network, spec = streaming_network(run), manifest.streaming
    if network is None or spec is None:
        return tuple(whole)
    loaded = [open_model(a.content, f, spec.inputs) for a, f in zip(hops, spec.model_files, strict=True)]
    return (*whole, *median_us(loaded, hop_row(network, row)))


def _streaming(run: Run, order: Order, example: Row, hops: Sequence[Artefact]) -> StreamingSpec | None:
    network = streaming_network(run)
    if network is None:
        return None
    spec = streaming_spec(run, network, example)
    return msgspec.structs.replace(
        spec, model_files=tuple(_named(described(hop, spec), order) for hop in hops)
    )


def _named(file: ModelFile, order: Order) -> ModelFile:
    made_by = "float32" if file.precision == "float32" else order.recipe.value
    return msgspec.structs.replace(file, recipe=made_by)


def _manifest(
    run: Run, order: Order, calibration: WindowSet, files: Sequence[Artefact], hops: Sequence[Artefact]
) -> Manifest:
    record, example = run.record, rows_of(calibration.take(np.arange(1)))[0]
    recipe = "; ".join(f"{f.engine}: {f.recipe}" for f in files if f.recipe) or "none"
    calibrated = order.recipe.calibrated
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
        quantization=QuantizationSpec(
            name=order.recipe.value,
            recipe=recipe,
            calibration_sha256=digest(calibration) if calibrated else "",
            calibration_windows=len(calibration) if calibrated else 0,
        ),
        model_files=tuple(_named(describe(f, example), order) for f in files),
        fidelity=(),
        training=record.training,
        files=(),
        streaming=_streaming(run, order, example, hops),
    )
