"""Work in a process of its own, because native code that fails may take its process along.

``python -m edge_emotion_export.probing ENGINE FILE`` loads a TFLite file and runs it once on zeros: does the engine survive it?
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from edge_emotion.errors import EngineError

TfliteEngine = Literal["litert", "tflite-micro"]

_SECONDS = 300
_REMEDY = (
    "leave this format out with --formats, or train again: a unit that never speaks has broken engines before"
)


def check_survives(model: bytes, engine: TfliteEngine) -> None:
    """Run ``model`` once in ``engine``, in a child. What it refuses in words, it refuses again in this process.

    Raises
    ------
    EngineError
        If the child is killed by a signal, or does not end.
    """
    died_of, _ = in_child(__name__, model, engine)
    if died_of:
        raise EngineError(f"{engine} ends its process with {died_of} on the quantised file; {_REMEDY}")


def in_child(module: str, model: bytes, *arguments: str) -> tuple[str, str]:
    """``python -m module *arguments FILE`` with ``model`` in FILE.

    Returns
    -------
    died_of
        Name of the signal that killed the child, empty if none did.
    said
        Its standard output.

    Raises
    ------
    EngineError
        If the child does not end.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(model)
        try:
            done = subprocess.run(
                [sys.executable, "-m", module, *arguments, str(path)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise EngineError(
                f"{' '.join((module, *arguments))} does not end on the quantised file within {_SECONDS} s; {_REMEDY}"
            ) from None
    died_of = signal.Signals(-done.returncode).name if done.returncode < 0 else ""
    return died_of, done.stdout


def _run_once(engine: str, path: Path) -> None:
    import numpy as np

    if engine == "tflite-micro":
        from tflite_micro import runtime

        runtime.Interpreter.from_file(str(path)).invoke()
        return
    from edge_emotion.engines.litert import interpreter_class

    interpreter = interpreter_class()(model_content=path.read_bytes(), num_threads=1)
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
    interpreter.invoke()


if __name__ == "__main__":
    _run_once(sys.argv[1], Path(sys.argv[2]))
