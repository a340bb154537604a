"""float32 TFLite to int8 or float16 with ai-edge-quantizer; static ranges are the true minimum and maximum.

The package's own ``calibrate`` keeps a moving average of each window's range, which cut 3 % of the labels of a small
fusion network (`edge_emotion_export.tflite.ranges`). ``dynamic`` files are for LiteRT alone: tflite-runtime 2.14
computes them wrongly and silently.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.graph import Operator, head_of
from edge_emotion_export.ladder import Rung
from edge_emotion_export.probing import check_survives
from edge_emotion_export.quiet import quiet
from edge_emotion_export.tflite.ranges import measured_ranges
from edge_emotion_export.tflite.reading import read_operators

RUNGS = (Rung.STATIC, Rung.BODY, Rung.INSIDE)

_STATIC = {
    Rung.STATIC: "static int8: activations by min/max, weights per channel, inputs and outputs int8",
    Rung.BODY: "static int8 up to the last convolution: activations by min/max, weights per channel; the head behind it computes "
    "in float with weights stored as int8",
    Rung.INSIDE: "static int8 in the convolutions: activations by min/max, weights per channel; the rest computes in float with "
    "weights stored as int8",
}
_WITHOUT_RANGES = {
    "dynamic": "dynamic int8: weights per channel, activations measured while it runs",
    "float16": "weights float16, arithmetic float32",
}

_BETWEEN = ("ADD", "MUL", "SUB", "TANH", "SOFTMAX", "SLICE", "MEAN", "CONCATENATION", "LOGISTIC")
"""What lies between convolutions. All of it is left float or none: a float operator between int8 ones left the signature pointing
at a tensor that was no output any more (ai-edge-quantizer 0.10.0)."""
_Rule = Mapping[str, Any]


def quantise_tflite(source: Artefact, rows: Sequence[Row], rung: Rung) -> Artefact:
    """Static int8 with ranges measured on ``rows``.

    Raises
    ------
    EngineError
        If the quantiser fails, or LiteRT dies of what it made.
    """
    with quiet("int8 quantisation of TFLite"), tempfile.TemporaryDirectory() as folder:
        from ai_edge_quantizer import quantizer

        path = Path(folder) / "model.tflite"
        path.write_bytes(source.content)
        job = quantizer.Quantizer(str(path))
        job.load_quantization_recipe(_static_rules(rung, read_operators(source.content)))
        content = bytes(job.quantize(measured_ranges(str(path), job, rows)).quantized_model)
    check_survives(content, "litert")
    return replace(source, precision="int8", content=content, recipe=_STATIC[rung])


def store_tflite(source: Artefact, kind: Literal["dynamic", "float16"]) -> Artefact:
    """What needs no calibration: dynamic int8, or weights as float16.

    Raises
    ------
    EngineError
        If the quantiser fails.
    """
    with quiet(f"{kind} quantisation of TFLite"), tempfile.TemporaryDirectory() as folder:
        from ai_edge_quantizer import quantizer, recipe

        path = Path(folder) / "model.tflite"
        path.write_bytes(source.content)
        job = quantizer.Quantizer(str(path))
        job.load_quantization_recipe(recipe.dynamic_wi8_afp32() if kind == "dynamic" else _half_rules())
        content = bytes(job.quantize().quantized_model)
    precision: Literal["int8", "float16"] = "int8" if kind == "dynamic" else "float16"
    return replace(source, precision=precision, content=content, recipe=_WITHOUT_RANGES[kind])


def _static_rules(rung: Rung, operators: Sequence[Operator]) -> list[_Rule]:
    from ai_edge_quantizer import recipe

    rules: list[_Rule] = list(recipe.static_wi8_ai8())
    if rung is Rung.STATIC:
        return rules
    head = head_of(operators)
    rules += _float(["INPUT", "OUTPUT"], ".*")
    rules += _float({o.kind for o in head}, _only(head))
    if rung is Rung.INSIDE:
        rules += _float(_BETWEEN, ".*")
    linear = [o for o in head if o.kind == "FULLY_CONNECTED"]
    return rules + [
        {**rule, "regex": _only(linear), "operation": _operation("FULLY_CONNECTED")}
        for rule in recipe.weight_only_wi8_afp32()
    ]


def _half_rules() -> list[_Rule]:
    from ai_edge_quantizer import qtyping

    config = qtyping.OpQuantizationConfig(
        weight_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=16, dtype=qtyping.TensorDataType.FLOAT
        ),
        compute_precision=qtyping.ComputePrecision.FLOAT,
        explicit_dequantize=True,
    )
    kinds = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    return [
        {
            "regex": ".*",
            "operation": _operation(kind),
            "algorithm_key": "float_casting",
            "op_config": config.to_dict(),
        }
        for kind in kinds
    ]


def _float(kinds: Iterable[str], regex: str) -> list[_Rule]:
    known = [k for k in sorted(kinds) if _operation(k) is not None]
    return [
        {"regex": regex, "operation": _operation(k), "algorithm_key": "no_quantize", "op_config": {}}
        for k in known
    ]


def _only(operators: Sequence[Operator]) -> str:
    """A rule's regular expression is searched in the operator's output names, each closed by a semicolon."""
    return f"^({'|'.join(re.escape(o.name) for o in operators)});"


def _operation(kind: str) -> Any:
    from ai_edge_quantizer import qtyping

    return getattr(qtyping.TFLOperationName, kind, None)
