"""How much working memory the network takes in TensorFlow Lite Micro."""

from __future__ import annotations

from edge_emotion.errors import EngineError
from edge_emotion_export.tflm.micro_engine import micro_interpreter

STEP_BYTES = 1024


def smallest_arena(model: bytes) -> int:
    """The least arena in which the model loads here, in bytes, rounded up to whole KiB.

    A 64-bit host needs more than a microcontroller, whose pointers are half as wide: the figure is enough there as well,
    as long as vendor kernels ask for no working memory of their own.

    Raises
    ------
    MissingExtraError, EngineError
        If the interpreter is absent, or the model loads in no arena.
    """
    micro_interpreter(model, None)  # a model that cannot load at all says why here
    too_small, enough = 0, -(-10 * len(model) // STEP_BYTES)
    while enough - too_small > 1:
        middle = (too_small + enough) // 2
        if _fits(model, middle * STEP_BYTES):
            enough = middle
        else:
            too_small = middle
    return enough * STEP_BYTES


def _fits(model: bytes, arena_bytes: int) -> bool:
    try:
        micro_interpreter(model, arena_bytes)
    except EngineError:
        return False
    return True
