"""The limits: below one of them nothing is written."""

from __future__ import annotations

from collections.abc import Iterable

from edge_emotion.errors import GateError
from edge_emotion_export.proof.proving import Proof
from edge_emotion_export.recipes import Recipe

MIN_LABEL_AGREEMENT = 0.99
MAX_MACRO_F1_DROP = 0.005
MIN_AGREEMENT_WITHOUT_ROLE = 0.98
"""Looser than the plain gate: with one modality the classes lie closer together, and fewer windows are run."""
MAX_FLOAT_ERROR = 1e-4
MIN_HALF_AGREEMENT = 0.999
MIN_INT8_WEIGHTS = 0.95
MIN_INT8_MACS = 0.5
"""A file that only stores its weights as int8 has none. The largest head of a family (attention of `me_mhacl`) is 28 %."""

_ELSE = {
    Recipe.FLOAT32: "leave the format out with --formats",
    Recipe.FLOAT16: "take --recipe float32",
    Recipe.DYNAMIC: "take --recipe static-int8, or float16",
    Recipe.STATIC: "take --recipe qat-int8, which teaches the weights to be int8; or dynamic-int8 or float16",
    Recipe.QAT: "take --recipe static-int8, dynamic-int8 or float16, or train longer",
}


def check_gates(proofs: Iterable[Proof], recipe: Recipe) -> None:
    """Refuse files that are not the trained network.

    Raises
    ------
    GateError
        Naming every figure that failed, its limit, and what to try.
    """
    failures = [f"{p.fidelity.path}: {text}" for p in proofs for text in failures_of(p)]
    if failures:
        raise GateError(f"fidelity gate failed, nothing written: {'; '.join(failures)}; {_ELSE[recipe]}")


def failures_of(proof: Proof) -> list[str]:
    """What is wrong with one file; empty if nothing is."""
    match proof.artefact.precision:
        case "float32":
            return _float_failures(proof)
        case "float16":
            return _half_failures(proof)
        case "int8":
            return _int8_failures(proof)


def _float_failures(proof: Proof) -> list[str]:
    figures, failures = proof.fidelity, []
    if figures.label_agreement < 1:
        failures.append(f"label agreement {figures.label_agreement:.4f}, must be 1")
    # Written as "not <=" so that a nan fails.
    if not figures.max_abs_error <= MAX_FLOAT_ERROR:
        failures.append(f"probability error {figures.max_abs_error:.1e}, at most {MAX_FLOAT_ERROR:.0e}")
    return failures


def _half_failures(proof: Proof) -> list[str]:
    agreement = proof.fidelity.label_agreement
    short = not agreement >= MIN_HALF_AGREEMENT
    return [f"label agreement {agreement:.4f}, at least {MIN_HALF_AGREEMENT}"] if short else []


def _int8_failures(proof: Proof) -> list[str]:
    figures, failures = proof.fidelity, []
    if not figures.label_agreement >= MIN_LABEL_AGREEMENT:
        failures.append(f"label agreement {figures.label_agreement:.4f}, at least {MIN_LABEL_AGREEMENT}")
    drop = figures.macro_f1_float - figures.macro_f1
    if not drop <= MAX_MACRO_F1_DROP:
        failures.append(f"macro-F1 lost {drop:.4f}, at most {MAX_MACRO_F1_DROP}")
    if not figures.int8_weight_share >= MIN_INT8_WEIGHTS:
        failures.append(f"int8 weights {figures.int8_weight_share:.2f}, at least {MIN_INT8_WEIGHTS}")
    macs = figures.int8_mac_share
    if macs is None or not macs >= MIN_INT8_MACS:
        failures.append(
            f"arithmetic in int8 {macs or 0:.2f} of it, at least {MIN_INT8_MACS}: it stayed float"
        )
    failures += [
        f"label agreement without {role} {agreement:.4f}, at least {MIN_AGREEMENT_WITHOUT_ROLE}"
        for role, agreement in proof.agreement_without.items()
        if not agreement >= MIN_AGREEMENT_WITHOUT_ROLE
    ]
    return failures
