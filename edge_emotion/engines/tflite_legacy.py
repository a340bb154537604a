"""What tflite-runtime 2.14.0, the last of its name, computes wrongly: refused before it can.

Dynamic-range int8 (float activations into an operator that holds int8 weights) gave the right label on .339 of windows
there, without an error; LiteRT computes it rightly. Such a model is known by its graph, whatever its manifest says.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edge_emotion.errors import EngineError

PACKAGE = "tflite_runtime"


def refuse_hybrid(interpreter: Any, path: str) -> None:
    """Look at every operator of an allocated interpreter of tflite-runtime.

    Parameters
    ----------
    path
        Name of the model, for the message.

    Raises
    ------
    EngineError
        If the model holds a hybrid operator.
    """
    if found := hybrid_operators(interpreter):
        raise EngineError(
            f"{path} is dynamic-range int8 ({', '.join(found)}), which tflite-runtime computes wrongly; install LiteRT with "
            "pip install 'edge-emotion[litert]', or use --engine onnxruntime or --precision float32"
        )


def hybrid_operators(interpreter: Any) -> tuple[str, ...]:
    """Kinds of operators that take float values and int8 weights, sorted.

    Weights that are only stored as int8 pass through DEQUANTIZE first and are none of these.
    """
    dtypes = {int(d["index"]): np.dtype(d["dtype"]) for d in interpreter.get_tensor_details()}
    mixed = [np.dtype(np.float32), np.dtype(np.int8)]
    found = set()
    # Private, but tflite-runtime will have no other version.
    for operator in interpreter._get_ops_details():
        first_two = [dtypes.get(int(i)) for i in operator["inputs"][:2]]
        if first_two == mixed:
            found.add(str(operator["op_name"]))
    return tuple(sorted(found))
