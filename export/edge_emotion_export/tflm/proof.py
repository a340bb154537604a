"""The gate of a microcontroller build: TensorFlow Lite Micro on real windows, against the network and against LiteRT.

Micro computes some graphs wrongly without a word (docs/decisions/058), so nothing is written that did not run there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edge_emotion.bundle.manifest import InputSpec
from edge_emotion.engines.opening import open_model
from edge_emotion.engines.ports import quantise
from edge_emotion.errors import GateError
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.calibration import rows_of
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.proof.gates import MAX_MACRO_F1_DROP, MIN_AGREEMENT_WITHOUT_ROLE, MIN_LABEL_AGREEMENT
from edge_emotion_export.proof.proving import macro_f1
from edge_emotion_export.proof.reference import Reference, label_agreement, probabilities_of
from edge_emotion_export.tflm.divergence import first_divergence
from edge_emotion_export.tflm.facts import MicroProof
from edge_emotion_export.tflm.micro_engine import MicroEngine
from edge_emotion_export.tflm.ports import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is compared with: the trained network on held-out windows, and on windows that lack one role each."""

    reference: Reference
    without: Mapping[str, Reference]


def prove(artefact: Artefact, graph: Graph, inputs: tuple[InputSpec, ...], held: Held) -> MicroProof:
    """Measure, and refuse what is not the trained network.

    Raises
    ------
    MissingExtraError, EngineError
        If an interpreter is absent or refuses the file.
    GateError
        Naming every figure that failed, and the operator at which the two interpreters part, if there is one.
    """
    engine, reference = MicroEngine(artefact.content, graph), held.reference
    litert = open_model(artefact.content, describe(artefact, [i.name for i in inputs]), inputs)
    found, other = probabilities_of(engine, reference), probabilities_of(litert, reference)
    truth, labels = reference.probabilities, reference.windows.labels
    error = np.abs(found - truth)
    proof = MicroProof(
        windows=len(labels),
        people=len(reference.windows.names()),
        label_agreement=label_agreement(found, truth),
        max_abs_error=float(error.max()),
        mean_abs_error=float(error.mean()),
        litert_label_agreement=label_agreement(found, other),
        macro_f1_float=macro_f1(labels, truth.argmax(axis=1)),
        macro_f1=macro_f1(labels, found.argmax(axis=1)),
        agreement_without=tuple(
            (role, label_agreement(probabilities_of(engine, lacking), lacking.probabilities))
            for role, lacking in held.without.items()
        ),
    )
    if failures := failures_of(proof):
        worst = int(np.abs(found - other).max(axis=1).argmax())
        raise GateError(_message(failures, _where(artefact.content, graph, reference, worst)))
    return proof


def failures_of(proof: MicroProof) -> list[str]:
    """The figures that miss their limits, with the limits."""
    failures = []
    for against, agreement in (
        ("the trained network", proof.label_agreement),
        ("LiteRT", proof.litert_label_agreement),
    ):
        if not agreement >= MIN_LABEL_AGREEMENT:
            failures.append(f"label agreement with {against} {agreement:.4f}, at least {MIN_LABEL_AGREEMENT}")
    drop = proof.macro_f1_float - proof.macro_f1
    if not drop <= MAX_MACRO_F1_DROP:
        failures.append(f"macro-F1 lost {drop:.4f}, at most {MAX_MACRO_F1_DROP}")
    failures += [
        f"label agreement without {role} {agreement:.4f}, at least {MIN_AGREEMENT_WITHOUT_ROLE}"
        for role, agreement in proof.agreement_without
        if not agreement >= MIN_AGREEMENT_WITHOUT_ROLE
    ]
    return failures


def _where(model: bytes, graph: Graph, reference: Reference, window: int) -> str:
    row = rows_of(reference.windows.take(np.array([window])))[0]
    raw = {port.name: quantise(row[port.name], port.facts) for port in graph.inputs}
    return first_divergence(model, graph, raw)


def _message(failures: list[str], where: str) -> str:
    if where:
        cause = f"TensorFlow Lite Micro and LiteRT part at {where}: change that layer of the network"
    else:
        cause = "the integers lose it, not the interpreter: train longer, or another family"
    return (
        f"the network in TensorFlow Lite Micro is not the trained one, nothing written: {'; '.join(failures)}; "
        f"{cause}, or leave tflm out of --formats"
    )
