"""Proof, not hope: every file runs in its engine on held-out windows and is compared with the trained network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_emotion.bundle.manifest import Fidelity, InputSpec, ModelFile
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_model
from edge_emotion.errors import GateError, InputError
from edge_emotion.runtime.decision import softmax
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.calibration import rows_of, without_role
from edge_emotion_export.proof.arithmetic import int8_weight_share
from edge_emotion_train.preparation.windows import WindowSet

MINIMUM_WINDOWS = 100
WINDOWS_WITHOUT_ROLE = 500
_BATCH = 512
MIN_LABEL_AGREEMENT = 0.99
MAX_MACRO_F1_DROP = 0.005
MIN_AGREEMENT_WITHOUT_ROLE = 0.98
"""Looser than the plain gate: with one modality the classes lie closer together, and fewer windows are run."""
MAX_FLOAT_ERROR = 1e-4
MIN_INT8_SHARE = 0.95

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the trained network says of a set of windows.

    Parameters
    ----------
    probabilities
        Shape (N, classes), softmax of logits over temperature.
    """

    windows: WindowSet
    probabilities: Probabilities
    temperature: float


def reference_of(model: nn.Module, windows: WindowSet, temperature: float) -> Reference:
    """Run the trained network.

    Raises
    ------
    InputError
        If it gives values that are not finite: its weights are broken.
    """
    parts = []
    with torch.no_grad():
        for start in range(0, len(windows), _BATCH):  # bounds the memory of the feature maps
            batch = {n: torch.from_numpy(v[start : start + _BATCH].copy()) for n, v in windows.inputs.items()}
            parts.append(model(**batch)[0].numpy())
    logits = np.concatenate(parts)
    if not np.isfinite(logits).all():
        raise InputError(
            "the trained network gives values that are not finite on held-out windows: train again"
        )
    return Reference(windows=windows, probabilities=softmax(logits, temperature), temperature=temperature)


def probabilities_of(engine: Engine, reference: Reference) -> Probabilities:
    """The same windows through an engine, one by one as on the device: shape (N, classes)."""
    logits = [engine.run(row)["logits"][0] for row in rows_of(reference.windows)]
    return softmax(np.stack(logits), reference.temperature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One file's figures.

    Parameters
    ----------
    agreement_without
        Label agreement on the windows of each reference that lacks a role, by role.
    """

    artefact: Artefact
    fidelity: Fidelity
    agreement_without: Mapping[str, float]


def references_without(
    model: nn.Module, windows: WindowSet, roles: tuple[str, ...], temperature: float
) -> dict[str, Reference]:
    """What the trained network says of windows that lack one role each; empty for a single role."""
    some = windows.take(np.arange(0, len(windows), -(-len(windows) // WINDOWS_WITHOUT_ROLE)))
    return {
        role: reference_of(model, without_role(some, roles, role), temperature)
        for role in roles
        if len(roles) > 1
    }


def prove(
    artefact: Artefact,
    file: ModelFile,
    inputs: tuple[InputSpec, ...],
    reference: Reference,
    without: Mapping[str, Reference],
) -> Proof:
    """Measure one file against the trained network.

    Raises
    ------
    MissingExtraError, EngineError
        If its engine is absent or refuses it.
    """
    engine = open_model(artefact.content, file, inputs)
    found = probabilities_of(engine, reference)
    truth, labels = reference.probabilities, reference.windows.labels
    error = np.abs(found - truth)
    fidelity = Fidelity(
        path=file.path,
        engine=file.engine,
        windows=len(labels),
        people=len(reference.windows.names()),
        label_agreement=label_agreement(found, truth),
        max_abs_error=float(error.max()),
        mean_abs_error=float(error.mean()),
        macro_f1_float=macro_f1(labels, truth.argmax(axis=1)),
        macro_f1=macro_f1(labels, found.argmax(axis=1)),
        int8_weight_share=int8_weight_share(artefact),
    )
    agreement_without = {
        role: label_agreement(probabilities_of(engine, other), other.probabilities)
        for role, other in without.items()
    }
    return Proof(artefact=artefact, fidelity=fidelity, agreement_without=agreement_without)


def check_gates(proofs: Iterable[Proof]) -> None:
    """Refuse files that are not the trained network.

    Raises
    ------
    GateError
        Naming every figure that failed and its limit.
    """
    failures = [f"{p.fidelity.path}: {text}" for p in proofs for text in _failures(p)]
    if failures:
        raise GateError(
            f"fidelity gate failed, nothing written: {'; '.join(failures)}; "
            "export without --int8, or leave the format out with --formats"
        )


def _failures(proof: Proof) -> list[str]:
    return _float_failures(proof) if proof.artefact.precision == "float32" else _int8_failures(proof)


def _float_failures(proof: Proof) -> list[str]:
    figures, failures = proof.fidelity, []
    if figures.label_agreement < 1:
        failures.append(f"label agreement {figures.label_agreement:.4f}, must be 1")
    # Written as "not <=" so that a nan fails.
    if not figures.max_abs_error <= MAX_FLOAT_ERROR:
        failures.append(f"probability error {figures.max_abs_error:.1e}, at most {MAX_FLOAT_ERROR:.0e}")
    return failures


def _int8_failures(proof: Proof) -> list[str]:
    figures, failures = proof.fidelity, []
    if not figures.label_agreement >= MIN_LABEL_AGREEMENT:
        failures.append(f"label agreement {figures.label_agreement:.4f}, at least {MIN_LABEL_AGREEMENT}")
    drop = figures.macro_f1_float - figures.macro_f1
    if not drop <= MAX_MACRO_F1_DROP:
        failures.append(f"macro-F1 lost {drop:.4f}, at most {MAX_MACRO_F1_DROP}")
    if not figures.int8_weight_share >= MIN_INT8_SHARE:
        failures.append(f"int8 weights {figures.int8_weight_share:.2f}, at least {MIN_INT8_SHARE}")
    failures += [
        f"label agreement without {role} {agreement:.4f}, at least {MIN_AGREEMENT_WITHOUT_ROLE}"
        for role, agreement in proof.agreement_without.items()
        if not agreement >= MIN_AGREEMENT_WITHOUT_ROLE
    ]
    return failures


def label_agreement(found: Probabilities, truth: Probabilities) -> float:
    """Share of windows with the same most probable class."""
    return float(np.mean(found.argmax(axis=1) == truth.argmax(axis=1)))


def macro_f1(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Mean F1 of the classes that occur in ``labels`` or ``predicted``."""
    scores = []
    for kind in np.union1d(labels, predicted):
        hits = np.count_nonzero((labels == kind) & (predicted == kind))
        scores.append(2 * hits / (np.count_nonzero(labels == kind) + np.count_nonzero(predicted == kind)))
    return float(np.mean(scores))
