"""What is written beside the C++ source: the proof, and what a microcontroller's program must know around the network."""

from __future__ import annotations

from typing import Literal

import msgspec

from edge_emotion.bundle.manifest import DecisionSpec, InputSpec, NormalisationSpec, Share, TrainingSpec
from edge_emotion.signals.spec import SignalSpec


class MicroProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file in TensorFlow Lite Micro, on held-out real windows, against the trained network and against LiteRT.

    Parameters
    ----------
    label_agreement, max_abs_error, mean_abs_error
        Against the trained network, of the probabilities.
    litert_label_agreement
        Against the same file in LiteRT.
    agreement_without
        Label agreement where a role is missing, by role.
    """

    windows: int
    people: int
    label_agreement: Share
    max_abs_error: float
    mean_abs_error: float
    litert_label_agreement: Share
    macro_f1_float: Share
    macro_f1: Share
    agreement_without: tuple[tuple[str, Share], ...]


class MicroFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Content of ``facts.json``.

    Parameters
    ----------
    activation_bits
        Of all tensors between operators; weights have 8.
    arena_bytes
        Working memory that suffices, measured on a 64-bit host.
    operators
        Kinds of operators, by their names in the TFLite schema.
    """

    name: str
    version: str
    labels: tuple[str, ...]
    roles: tuple[str, ...]
    inputs: tuple[InputSpec, ...]
    signals: SignalSpec
    normalisation: NormalisationSpec
    decision: DecisionSpec
    training: TrainingSpec
    activation_bits: Literal[8, 16]
    recipe: str
    calibration_sha256: str
    model_bytes: int
    model_sha256: str
    arena_bytes: int
    operators: tuple[str, ...]
    proof: MicroProof
