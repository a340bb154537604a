"""From a run to a proved microcontroller build, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edge_emotion.engines.ports import RawArray, quantise
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.calibration import (
    check_windows,
    choose_calibration,
    digest,
    rows_of,
    with_missing_roles,
)
from edge_emotion_export.ladder import ENOUGH_AGREEMENT
from edge_emotion_export.packing.describing import input_specs
from edge_emotion_export.probing import check_survives
from edge_emotion_export.proof.proving import MINIMUM_WINDOWS
from edge_emotion_export.proof.reference import (
    label_agreement,
    probabilities_of,
    reference_of,
    references_without,
)
from edge_emotion_export.tflite.converting import convert_to_tflite
from edge_emotion_export.tflm.arena import smallest_arena
from edge_emotion_export.tflm.facts import MicroFacts
from edge_emotion_export.tflm.micro_engine import MicroEngine, micro_runtime
from edge_emotion_export.tflm.ports import Graph, read_graph
from edge_emotion_export.tflm.proof import Held, prove
from edge_emotion_export.tflm.quantising import RUNGS, ActivationBits, quantise_throughout
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.record import Run

PROOF_WINDOWS = 1000
"""Micro's reference kernels take some ms a window; these are spread evenly over all held-out people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """Inputs of one window and what Micro makes of them here, in the tensors' own integers, by name."""

    inputs: dict[str, RawArray]
    outputs: dict[str, RawArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroBuild:
    """All that a microcontroller build consists of.

    Parameters
    ----------
    golden
        One for each class that the calibration windows have.
    """

    model: bytes
    graph: Graph
    facts: MicroFacts
    golden: tuple[Golden, ...]


def make_micro(
    run: Run,
    name: str,
    version: str,
    progress: Callable[[str], None],
    *,
    calibrate_on: WindowSet | None = None,
) -> MicroBuild:
    """Convert, quantise throughout, and prove in TensorFlow Lite Micro.

    Parameters
    ----------
    calibrate_on
        Windows for the ranges; ``None`` takes the run's own training windows.

    Raises
    ------
    MissingExtraError
        If tflite-micro is not installed.
    InputError, EngineError
        As in `edge_emotion_export.export.export_run`.
    GateError
        If what Micro computes is not the trained network.
    """
    micro_runtime()  # now and not after a minute of converting
    check_windows("held-out", run.heldout, MINIMUM_WINDOWS)
    calibration = choose_calibration(
        run.calibration if calibrate_on is None else calibrate_on, run.record.roles
    )
    rows = rows_of(calibration)
    progress("converting to tflm")
    source = convert_to_tflite(run.model, rows[0])
    progress(f"quantising tflm throughout on {len(rows)} calibration windows")
    bits, artefact = _best(run, source, rows, progress)
    graph, inputs = read_graph(artefact.content), input_specs(run, rows[0])
    held = _held(run)
    progress(f"proving tflm in TensorFlow Lite Micro on {len(held.reference.windows)} held-out windows")
    proof = prove(artefact, graph, inputs, held)
    record, content = run.record, artefact.content
    facts = MicroFacts(
        name=name,
        version=version,
        labels=record.labels,
        roles=record.roles,
        inputs=inputs,
        signals=record.signals,
        normalisation=record.normalisation,
        decision=record.decision,
        training=record.training,
        activation_bits=bits,
        recipe=artefact.recipe,
        calibration_sha256=digest(calibration),
        model_bytes=len(content),
        model_sha256=hashlib.sha256(content).hexdigest(),
        arena_bytes=smallest_arena(content),
        operators=graph.operators,
        proof=proof,
    )
    golden = tuple(_golden(run, content, graph, kind) for kind in np.unique(run.calibration.labels))
    return MicroBuild(model=content, graph=graph, facts=facts, golden=golden)


def _best(
    run: Run, source: Artefact, rows: Sequence[Row], progress: Callable[[str], None]
) -> tuple[ActivationBits, Artefact]:
    """The first rung that keeps enough labels of training windows, in Micro itself; else the one that keeps most."""
    judging = with_missing_roles(run.calibration, run.record.roles)
    reference = reference_of(run.model, judging, run.record.decision.temperature)
    tried: list[tuple[float, ActivationBits, Artefact]] = []
    for bits in RUNGS:
        made = quantise_throughout(source, rows, bits)
        check_survives(made.content, "tflite-micro")
        engine = MicroEngine(made.content, read_graph(made.content))
        kept = label_agreement(probabilities_of(engine, reference), reference.probabilities)
        progress(f"  labels kept on {len(judging)} training windows with {bits}-bit activations: {kept:.4f}")
        tried.append((kept, bits, made))
        if kept >= ENOUGH_AGREEMENT:
            return bits, made
    _, bits, made = max(tried, key=lambda one: one[0])
    return bits, made


def _held(run: Run) -> Held:
    windows, temperature = run.heldout, run.record.decision.temperature
    some = windows.take(np.arange(0, len(windows), -(-len(windows) // PROOF_WINDOWS)))
    return Held(
        reference=reference_of(run.model, some, temperature),
        without=references_without(run.model, some, run.record.roles, temperature),
    )


def _golden(run: Run, model: bytes, graph: Graph, kind: int) -> Golden:
    """From the mean of the class's calibration windows: nobody's recording leaves with the source."""
    chosen = run.calibration.take(np.flatnonzero(run.calibration.labels == kind))
    row = {name: values.mean(axis=0, keepdims=True) for name, values in chosen.inputs.items()}
    inputs = {port.name: quantise(row[port.name], port.facts) for port in graph.inputs}
    outputs = MicroEngine(model, graph).run_raw(inputs)
    return Golden(inputs=inputs, outputs=dict(outputs))
