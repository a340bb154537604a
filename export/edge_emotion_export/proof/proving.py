"""Proof, not hope: every file runs in its engine on held-out windows and is compared with the trained network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import Fidelity, InputSpec, ModelFile
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_model
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.graph import int8_mac_share
from edge_emotion_export.proof.arithmetic import int8_weight_share, read_operators
from edge_emotion_export.proof.reference import Probabilities, Reference, label_agreement, probabilities_of
from edge_emotion_train.evaluation.metrics import calibration_by_person, expected_calibration_error

MINIMUM_WINDOWS = 1000


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
    return prove_engine(artefact, open_model(artefact.content, file, inputs), reference, without)


def prove_engine(
    artefact: Artefact, engine: Engine, reference: Reference, without: Mapping[str, Reference]
) -> Proof:
    """The same for ``artefact`` as it was opened.

    Raises
    ------
    EngineError
        If the engine fails.
    """
    found = probabilities_of(engine, reference)
    truth, windows = reference.probabilities, reference.windows
    error = np.abs(found - truth)
    person, agreement = _worst_person(found, truth, windows.people)
    fidelity = Fidelity(
        path=artefact.path,
        engine=artefact.engine,
        windows=len(windows),
        people=len(windows.names()),
        label_agreement=label_agreement(found, truth),
        max_abs_error=float(error.max()),
        mean_abs_error=float(error.mean()),
        macro_f1_float=macro_f1(windows.labels, truth.argmax(axis=1)),
        macro_f1=macro_f1(windows.labels, found.argmax(axis=1)),
        int8_weight_share=int8_weight_share(artefact),
        int8_mac_share=int8_mac_share(read_operators(artefact)),
        ece_float=_calibration_error(reference, truth),
        ece=_calibration_error(reference, found),
        worst_person=person,
        worst_person_agreement=agreement,
    )
    agreement_without = {
        role: label_agreement(probabilities_of(engine, other), other.probabilities)
        for role, other in without.items()
    }
    return Proof(artefact=artefact, fidelity=fidelity, agreement_without=agreement_without)


def macro_f1(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Mean F1 of the classes that occur in ``labels`` or ``predicted``."""
    scores = []
    for kind in np.union1d(labels, predicted):
        hits = np.count_nonzero((labels == kind) & (predicted == kind))
        scores.append(2 * hits / (np.count_nonzero(labels == kind) + np.count_nonzero(predicted == kind)))
    return float(np.mean(scores))


def _calibration_error(reference: Reference, probabilities: Probabilities) -> float:
    windows = reference.windows
    sums = calibration_by_person(windows.labels, probabilities, windows.people).sum(axis=0)
    return float(expected_calibration_error(sums))


def _worst_person(found: Probabilities, truth: Probabilities, people: NDArray[np.str_]) -> tuple[str, float]:
    """Whose labels change most, and the share that stays; the first by name among equals."""
    names = np.unique(people)
    kept = [label_agreement(found[people == name], truth[people == name]) for name in names]
    worst = int(np.argmin(kept))
    return str(names[worst]), kept[worst]
