"""The C++ source of a build: the model as an array, its operators, golden windows, a test for the host.

C++17 and TensorFlow Lite Micro's own headers; no heap, no other dependency. The array stands on 16 bytes, which the
flatbuffer's tensors and the vector units of larger microcontrollers ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from math import prod

from edge_emotion.engines.ports import RawArray
from edge_emotion_export.tflm.making import MicroBuild
from edge_emotion_export.tflm.ports import Port

_PER_LINE = 20
_ODD_NAMES = {"BATCH_MATMUL": "BatchMatMul", "PADV2": "PadV2", "SELECT_V2": "SelectV2"}
"""Where the resolver's method does not follow from the schema's name."""


def sources(build: MicroBuild) -> Mapping[str, str]:
    """Text of every file, by its name."""
    return {
        "model.h": _model_header(build),
        "model.cc": _model(build),
        "operators.h": _operators(build),
        "golden.h": _golden(build),
        "host_test.cc": (resources.files(__package__) / "host_test.cc").read_text(),
    }


def adder(operator: str) -> str:
    """The method of ``MicroMutableOpResolver`` that registers an operator: ``CONV_2D`` gives ``AddConv2D``."""
    usual = "".join("2D" if part == "2D" else part.capitalize() for part in operator.split("_"))
    return f"Add{_ODD_NAMES.get(operator, usual)}"


def _model_header(build: MicroBuild) -> str:
    facts = build.facts
    quoted = ", ".join(f'"{label}"' for label in facts.labels)
    lines = [
        f"// {facts.name} {facts.version}, made by edge-emotion export --formats tflm. SHA-256 of the model:",
        f"// {facts.model_sha256}",
        "#ifndef EDGE_EMOTION_MODEL_H_",
        "#define EDGE_EMOTION_MODEL_H_",
        "",
        "#include <cstddef>",
        "#include <cstdint>",
        "",
        "namespace edge_emotion {",
        "",
        "extern const unsigned char kModel[];",
        f"constexpr size_t kModelBytes = {facts.model_bytes};",
        "// Enough on a 64-bit host; a microcontroller needs less, unless its vendor's kernels ask for more.",
        f"constexpr size_t kArenaBytes = {facts.arena_bytes};",
        f"using Value = int{facts.activation_bits}_t;  // of every input and output",
        "",
        "// value = (integer - zero_point) * scale; integer = round(value / scale) + zero_point, saturated.",
        "struct Port { const char* name; int position; int length; float scale; int zero_point; };",
        "constexpr Port kInputs[] = {",
        *map(_port, build.graph.inputs),
        "};",
        "constexpr Port kOutputs[] = {",
        *map(_port, build.graph.outputs),
        "};",
        "",
        f"constexpr const char* kLabels[] = {{{quoted}}};",
        "// Probabilities are the softmax of the logits over this; smoothing and thresholds stand in facts.json.",
        f"constexpr float kTemperature = {_float(facts.decision.temperature)};",
        "",
        "}  // namespace edge_emotion",
        "",
        "#endif  // EDGE_EMOTION_MODEL_H_",
    ]
    return "\n".join(lines) + "\n"


def _port(port: Port) -> str:
    length, scale = prod(port.facts.shape), _float(port.facts.scale)
    return f'    {{"{port.name}", {port.position}, {length}, {scale}, {port.facts.zero_point}}},'


def _float(value: float) -> str:
    return f"{value:.9e}f"


def _model(build: MicroBuild) -> str:
    return (
        '#include "model.h"\n\nnamespace edge_emotion {\n\n'
        f"alignas(16) const unsigned char kModel[kModelBytes] = {{\n{_numbers(build.model)}\n}};\n\n"
        "}  // namespace edge_emotion\n"
    )


def _numbers(values: Iterable[int]) -> str:
    texts = [str(int(v)) for v in values]
    return ",\n".join(",".join(texts[i : i + _PER_LINE]) for i in range(0, len(texts), _PER_LINE))


def _operators(build: MicroBuild) -> str:
    names = build.graph.operators
    calls = [f"  if (resolver.{adder(name)}() != kTfLiteOk) return kTfLiteError;" for name in names]
    lines = [
        "#ifndef EDGE_EMOTION_OPERATORS_H_",
        "#define EDGE_EMOTION_OPERATORS_H_",
        "",
        '#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"',
        "",
        "namespace edge_emotion {",
        "",
        f"using Resolver = tflite::MicroMutableOpResolver<{len(names)}>;",
        "",
        "inline TfLiteStatus AddOperators(Resolver& resolver) {",
        *calls,
        "  return kTfLiteOk;",
        "}",
        "",
        "}  // namespace edge_emotion",
        "",
        "#endif  // EDGE_EMOTION_OPERATORS_H_",
    ]
    return "\n".join(lines) + "\n"


def _golden(build: MicroBuild) -> str:
    lines = [
        "// The mean window of each class, and what the reference kernels of TensorFlow Lite Micro made of it.",
        "#ifndef EDGE_EMOTION_GOLDEN_H_",
        "#define EDGE_EMOTION_GOLDEN_H_",
        "",
        '#include "model.h"',
        "",
        "namespace edge_emotion {",
        "",
    ]
    rows = []
    for number, golden in enumerate(build.golden):
        ports = [("In", p, golden.inputs) for p in build.graph.inputs]
        ports += [("Out", p, golden.outputs) for p in build.graph.outputs]
        names = []
        for kind, port, values in ports:
            names.append(f"k{kind}{number}_{port.position}")
            lines.append(f"constexpr Value {names[-1]}[] = {{\n{_numbers(_flat(values[port.name]))}}};")
        count = len(build.graph.inputs)
        rows.append(f"    {{{{{', '.join(names[:count])}}}, {{{', '.join(names[count:])}}}}},")
    counts = (len(build.graph.inputs), len(build.graph.outputs))
    lines += [
        "",
        f"struct Golden {{ const Value* inputs[{counts[0]}]; const Value* outputs[{counts[1]}]; }};",
        "constexpr Golden kGolden[] = {",
        *rows,
        "};",
        "",
        "}  // namespace edge_emotion",
        "",
        "#endif  // EDGE_EMOTION_GOLDEN_H_",
    ]
    return "\n".join(lines) + "\n"


def _flat(values: RawArray) -> list[int]:
    return [int(v) for v in values.reshape(-1)]
