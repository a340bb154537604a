"""How much working memory the network takes in TensorFlow Lite Micro.

Tried in children, because the interpreter does not refuse every arena that is too small: it also crashes in some.
``python -m edge_emotion_export.tflm.arena TOO_SMALL ENOUGH FILE`` halves the span between the two, in `STEP_BYTES`, and prints
each size before it is tried and ``fits`` or ``fails`` after it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from edge_emotion.errors import EngineError
from edge_emotion_export.probing import in_child

STEP_BYTES = 1024
_FITS, _FAILS = "fits", "fails"


def smallest_arena(model: bytes) -> int:
    """The least arena in which the model loads and runs here, in bytes, rounded up to whole KiB.

    A 64-bit host needs more than a microcontroller, whose pointers are half as wide: the figure is enough there as well,
    as long as vendor kernels ask for no working memory of their own.

    Raises
    ------
    EngineError
        If ten times the model's size is not enough.
    """
    too_small, most = 0, -(-10 * len(model) // STEP_BYTES)
    enough = most + 1
    while enough - too_small > 1:
        _, said = in_child(__name__, model, str(too_small), str(enough))
        before = (too_small, enough)
        too_small, enough = _narrowed(said, too_small, enough)
        if (too_small, enough) == before:
            raise EngineError(
                "the arena of TensorFlow Lite Micro could not be measured: its child said nothing"
            )
    if enough > most:
        raise EngineError(
            f"TensorFlow Lite Micro cannot run the model in {most * STEP_BYTES} bytes; leave tflm out of --formats"
        )
    return enough * STEP_BYTES


def _narrowed(said: str, too_small: int, enough: int) -> tuple[int, int]:
    """From a child's words; it died of a size without a verdict."""
    words = said.split()
    for position in range(0, len(words), 2):
        size, verdict = int(words[position]), words[position + 1 : position + 2]
        if verdict == [_FITS]:
            enough = size
        else:
            too_small = size
    return too_small, enough


def _search(too_small: int, enough: int, path: Path) -> None:
    from tflite_micro import runtime

    while enough - too_small > 1:
        middle = (too_small + enough) // 2
        sys.stdout.write(f"{middle} ")
        sys.stdout.flush()
        try:
            runtime.Interpreter.from_file(str(path), arena_size=middle * STEP_BYTES).invoke()
        except RuntimeError:
            too_small, verdict = middle, _FAILS
        else:
            enough, verdict = middle, _FITS
        sys.stdout.write(f"{verdict}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _search(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
