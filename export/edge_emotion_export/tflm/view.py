"""What the command says of a microcontroller build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from edge_emotion_export.tflm.making import MicroBuild


def micro_facts(build: MicroBuild, folder: Path) -> dict[str, Any]:
    """For ``--json``."""
    facts = build.facts
    return {
        "path": str(folder),
        "model_bytes": facts.model_bytes,
        "model_sha256": facts.model_sha256,
        "arena_bytes": facts.arena_bytes,
        "activation_bits": facts.activation_bits,
        "operators": list(facts.operators),
        "proof": msgspec.to_builtins(facts.proof),
    }


def micro_table(facts: dict[str, Any]) -> str:
    """The same for people."""
    proof = facts["proof"]
    return (
        f"TensorFlow Lite Micro: {facts['model_bytes']} bytes, arena {facts['arena_bytes']} bytes, "
        f"{facts['activation_bits']}-bit activations, {len(facts['operators'])} kinds of operators\n"
        f"same label {proof['label_agreement']:.4f}, max error {proof['max_abs_error']:.1e}, "
        f"macro-F1 {proof['macro_f1']:.4f} ({proof['macro_f1_float']:.4f} float) on {proof['windows']} windows\n"
        f"wrote {facts['path']}\n"
    )
