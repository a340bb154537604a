"""float32 TFLite to int8 with ai-edge-quantizer, activations by true minimum and maximum.

The package's own ``calibrate`` keeps a moving average (0.95) of each window's range, which cut 3 % of the labels of a
small fusion network. Dynamic-range int8 is no rung: tflite-runtime 2.14 computes it wrongly and silently.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.ladder import Rung
from edge_emotion_export.quiet import quiet

RUNGS = (Rung.STATIC, Rung.INSIDE, Rung.WEIGHTS)

_RECIPES = {
    Rung.STATIC: "static, activations int8 by min/max, weights int8 per channel",
    Rung.INSIDE: "static inside: convolutions with int8 activations by min/max and int8 weights; the rest float with "
    "weights stored as int8 per channel",
    Rung.WEIGHTS: "weights int8 per channel, activations float",
}

_FLOAT_OUTSIDE = (
    "INPUT",
    "OUTPUT",
    "ADD",
    "MUL",
    "SUB",
    "TANH",
    "SOFTMAX",
    "SLICE",
    "MEAN",
    "CONCATENATION",
    "LOGISTIC",
)
_SIGNATURE = "serving_default"


def quantise_tflite(source: Artefact, rows: Sequence[Row], rung: Rung) -> Artefact:
    """Quantise ``source``, with ranges measured on ``rows`` where activations are int8.

    Raises
    ------
    EngineError
        If the quantiser fails.
    """
    with quiet("int8 quantisation of TFLite"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(source.content)
        content = _quantise(str(path), rows, rung)
    return Artefact(engine="litert", precision="int8", content=content, recipe=_RECIPES[rung])


def _quantise(path: str, rows: Sequence[Row], rung: Rung) -> bytes:
    from ai_edge_quantizer import calibrator, quantizer, recipe
    from ai_edge_quantizer.utils import qsv_utils

    job = quantizer.Quantizer(path)
    if rung is Rung.WEIGHTS:
        job.load_quantization_recipe(recipe.weight_only_wi8_afp32())
        return bytes(job.quantize().quantized_model)
    job.load_quantization_recipe(_static_recipe(rung))
    ranges = calibrator.Calibrator(path, num_threads=1, qsv_update_func=qsv_utils.min_max_update)
    # The recipe manager is private; the package's version is pinned for it and a test covers it.
    ranges.calibrate({_SIGNATURE: [dict(row) for row in rows]}, job._recipe_manager)
    return bytes(job.quantize(ranges.get_model_qsvs()).quantized_model)


def _static_recipe(rung: Rung) -> list[dict[str, Any]]:
    from ai_edge_quantizer import qtyping, recipe

    rules: list[dict[str, Any]] = list(recipe.static_wi8_ai8())
    if rung is Rung.INSIDE:
        names = qtyping.TFLOperationName
        rules += [{**rule, "operation": names.FULLY_CONNECTED} for rule in recipe.weight_only_wi8_afp32()]
        # A float operator between int8 ones would leave the signature pointing at a tensor that is no output any more
        # (ai-edge-quantizer 0.10.0), so the whole way from the head to the outputs stays float.
        rules += [
            {"regex": ".*", "operation": names[n], "algorithm_key": "no_quantize", "op_config": {}}
            for n in _FLOAT_OUTSIDE
        ]
    return rules
