"""Does an engine survive a file? Asked in a process of its own, because native code that fails may take the process along.

``python -m edge_emotion_export.probing ENGINE FILE`` loads a TFLite file and runs it once on zeros.
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

_SECONDS = 120


def check_survives(model: bytes, engine: TfliteEngine) -> None:
    """Run ``model`` once in ``engine``, in a child.

    Raises
    ------
    EngineError
        If the child is killed by a signal, or hangs. What it refuses in words, it refuses again in this process.
    """
    with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
        file.write(model)
        file.flush()
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__, engine, file.name],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise EngineError(
                f"{engine} does not end on the quantised file ({_SECONDS} s); {_REMEDY}"
            ) from None
    if done.returncode < 0:
        raise EngineError(
            f"{engine} ends its process with {signal.Signals(-done.returncode).name} on the quantised file; {_REMEDY}"
        )


_REMEDY = (
    "leave this format out with --formats, or train again: a unit that never speaks has broken engines before"
)


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
