"""float32 TFLite to integers throughout: a microcontroller build may hold no float operator.

The rungs of the bundle's int8 leave element-wise operators float where that keeps more labels. Here the second rung keeps
the integers and widens the activations to 16 bits instead: TensorFlow Lite Micro has kernels for 16-bit activations with
8-bit weights, and the file grows by 2 % (docs/decisions/058).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.quiet import quiet
from edge_emotion_export.tflite.ranges import measured_ranges

ActivationBits = Literal[8, 16]
RUNGS: tuple[ActivationBits, ...] = (8, 16)

_RECIPES: Mapping[ActivationBits, str] = {
    8: "static, activations int8 by min/max, weights int8 per channel",
    16: "static, activations int16 by min/max, weights int8 per channel",
}


def quantise_throughout(source: Artefact, rows: Sequence[Row], bits: ActivationBits) -> Artefact:
    """Quantise every operator of the float file ``source``, with ranges measured on ``rows``.

    Raises
    ------
    EngineError
        If the quantiser fails.
    """
    with quiet("integer quantisation of TFLite"), tempfile.TemporaryDirectory() as folder:
        from ai_edge_quantizer import quantizer, recipe

        path = Path(folder) / "model.tflite"
        path.write_bytes(source.content)
        job = quantizer.Quantizer(str(path))
        job.load_quantization_recipe(recipe.static_wi8_ai8() if bits == 8 else recipe.static_wi8_ai16())
        content = bytes(job.quantize(measured_ranges(str(path), job, rows)).quantized_model)
    return Artefact(engine="litert", precision="int8", content=content, recipe=_RECIPES[bits])
