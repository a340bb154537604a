"""How much working memory the network takes in TensorFlow Lite Micro.

``python -m edge_emotion_export.tflm.arena FILE`` prints the bytes; in a process of its own, because the interpreter writes
past the end of an arena that does not even hold its own objects.
"""

from __future__ import annotations

import sys
from pathlib import Path

from edge_emotion.errors import EngineError
from edge_emotion_export.probing import in_child

STEP_BYTES = 1024


def smallest_arena(model: bytes) -> int:
    """The least arena in which the model loads here, in bytes, rounded up to whole KiB.

    A 64-bit host needs more than a microcontroller, whose pointers are half as wide: the figure is enough there as well,
    as long as vendor kernels ask for no working memory of their own.

    Raises
    ------
    EngineError
        If the model loads in no arena, or ends the process that tries.
    """
    said = in_child(__name__, model, "tflite-micro").strip()
    if not said.isdigit():
        raise EngineError("TensorFlow Lite Micro loads the model in no arena; leave tflm out of --formats")
    return int(said)


def _search(path: Path) -> int:
    """By halves and not from below: sizes far under what is needed are where the interpreter breaks."""
    from tflite_micro import runtime

    def fits(steps: int) -> bool:
        try:
            runtime.Interpreter.from_file(str(path), arena_size=steps * STEP_BYTES)
        except RuntimeError:
            return False
        return True

    enough = -(-10 * path.stat().st_size // STEP_BYTES)
    if not fits(enough):
        raise SystemExit(1)
    while enough > 1 and fits(enough // 2):
        enough //= 2
    too_small = enough // 2
    while enough - too_small > 1:
        middle = (too_small + enough) // 2
        if fits(middle):
            enough = middle
        else:
            too_small = middle
    return enough * STEP_BYTES


if __name__ == "__main__":
    sys.stdout.write(f"{_search(Path(sys.argv[1]))}\n")
