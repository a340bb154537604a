"""float32 TFLite to int8 with ai-edge-quantizer, activations by true minimum and maximum.

The package's own ``calibrate`` keeps a moving average (0.95) of each window's range, which cut 3 % of the labels of a
small fusion network. Element-wise sums and products are what full int8 loses most on, hence the attempts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.ladder import Attempt
from edge_emotion_export.quiet import quiet

RECIPE = "static, min/max, activations int8, weights int8 per channel"

ATTEMPTS = (
    Attempt(name="all operators"),
    Attempt(name="ADD and MUL float", keep_float=("ADD", "MUL")),
    Attempt(
        name="ADD, MUL, SUB, SUM, TANH, SOFTMAX float",
        keep_float=("ADD", "MUL", "SUB", "SUM", "TANH", "SOFTMAX"),
    ),
)

_SIGNATURE = "serving_default"


def quantise_tflite(source: Artefact, rows: Sequence[Row], attempt: Attempt) -> Artefact:
    """Quantise ``source`` with ranges measured on ``rows``.

    Raises
    ------
    EngineError
        If the quantiser fails.
    """
    with quiet("int8 quantisation of TFLite"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(source.content)
        content = _quantise(str(path), rows, attempt)
    return Artefact(engine="litert", precision="int8", content=content, recipe=f"{RECIPE}, {attempt.name}")


def _quantise(path: str, rows: Sequence[Row], attempt: Attempt) -> bytes:
    from ai_edge_quantizer import calibrator, qtyping, quantizer, recipe
    from ai_edge_quantizer.utils import qsv_utils

    job = quantizer.Quantizer(path)
    job.load_quantization_recipe(recipe.static_wi8_ai8())
    for name in attempt.keep_float:
        job.update_quantization_recipe(
            regex=".*", operation_name=qtyping.TFLOperationName[name], algorithm_key="no_quantize"
        )
    ranges = calibrator.Calibrator(path, num_threads=1, qsv_update_func=qsv_utils.min_max_update)
    # The recipe manager is private; the package's version is pinned for it and a test covers it.
    ranges.calibrate({_SIGNATURE: [dict(row) for row in rows]}, job._recipe_manager)
    return bytes(job.quantize(ranges.get_model_qsvs()).quantized_model)
