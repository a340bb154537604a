"""Constants of a bundle as C source."""

from __future__ import annotations

import io
import zipfile

from edge_emotion.bundle.manifest import Manifest, ModelFile, TensorBinding
from edge_emotion.signals.spec import FilterBank

BYTES_A_LINE = 20
HEAD = "/* Written by edge-emotion export --firmware from {name} {version}; do not edit. */\n"
C_TYPES = {"float32": "EDGE_FLOAT32", "int8": "EDGE_INT8", "uint8": "EDGE_UINT8"}

HEADER = """{head}#ifndef EDGE_MODEL_H
#define EDGE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "edge_chain.h"

#ifdef __cplusplus
extern "C" {{
#endif

#define EDGE_MODEL_NAME "{name}"
#define EDGE_MODEL_VERSION "{version}"

/* The grid of a window's series, its length, and how far windows are apart. */
#define EDGE_GRID_HZ {grid_hz}
#define EDGE_WINDOW_S {window_s}
#define EDGE_HOP_S {hop_s}
#define EDGE_TONIC_HZ {tonic_hz}
#define EDGE_SCR_THRESHOLD_US {scr_threshold_us}

/* Standardised values lie within +- this; the reference is that long; its prior weighs so many windows. */
#define EDGE_LIMIT {limit}
#define EDGE_REFERENCE_S {reference_s}
#define EDGE_PRIOR_WINDOWS {prior_windows}

/* Logits are divided by the temperature before softmax; under the least probability the answer is "uncertain". */
#define EDGE_TEMPERATURE {temperature}
#define EDGE_MINIMUM_PROBABILITY {minimum_probability}
#define EDGE_SMOOTHING_WINDOWS {smoothing_windows}

#define EDGE_BANK_COUNT {banks}
#define EDGE_TENSOR_COUNT {tensors}
#define EDGE_LABEL_COUNT {labels}
#define EDGE_INPUT_COUNT {inputs}
#define EDGE_OUTPUT_COUNT {outputs}
#define EDGE_LONGEST_CASCADE {longest}

extern const edge_bank edge_banks[EDGE_BANK_COUNT];
extern const edge_tensor edge_tensors[EDGE_TENSOR_COUNT];
extern const char *const edge_labels[EDGE_LABEL_COUNT];

typedef enum {{ EDGE_FLOAT32, EDGE_INT8, EDGE_UINT8 }} edge_type;

/* An input or output of the network; scale is 0 where it is float. */
typedef struct {{
    const char *name;
    const char *tensor;
    edge_type type;
    float scale;
    int32_t zero_point;
}} edge_port;

extern const edge_port edge_inputs[EDGE_INPUT_COUNT];
extern const edge_port edge_outputs[EDGE_OUTPUT_COUNT];

/* A .tflite file, int8 weights. */
extern const unsigned char edge_network[];
extern const size_t edge_network_length;

#ifdef __cplusplus
}}
#endif

#endif
"""

ALIGNED = """#if defined(__GNUC__)
#define EDGE_ALIGNED __attribute__((aligned(16)))
#else
#define EDGE_ALIGNED
#endif
"""


def header(manifest: Manifest, model: ModelFile) -> str:
    """``edge_model.h``."""
    signals, scale, decision = manifest.signals, manifest.normalisation, manifest.decision
    return HEADER.format(
        head=head(manifest),
        name=manifest.name,
        version=manifest.version,
        grid_hz=real(signals.grid_hz),
        window_s=real(signals.window_s),
        hop_s=real(signals.hop_s),
        tonic_hz=real(signals.tonic_hz),
        scr_threshold_us=real(signals.scr_threshold_us),
        limit=real(scale.limit),
        reference_s=real(scale.reference_s),
        prior_windows=real(scale.prior_windows),
        temperature=real(decision.temperature),
        minimum_probability=real(decision.minimum_probability),
        smoothing_windows=decision.smoothing_windows,
        banks=len(signals.banks),
        tensors=len(scale.scaling),
        labels=len(manifest.labels),
        inputs=len(model.inputs),
        outputs=len(model.outputs),
        longest=max(len(f.sos) for bank in signals.banks for f in bank.filters),
    )


def filters(manifest: Manifest) -> str:
    """``edge_model_filters.c``."""
    banks = manifest.signals.banks
    parts = [head(manifest), '#include "edge_model.h"\n']
    parts += [_bank_tables(bank) for bank in banks]
    rows = (
        f'    {{"{b.name}", {real(b.low_hz or 0.0)}, {real(b.high_hz)}, {len(b.filters)}, {b.name}_filters}},\n'
        for b in banks
    )
    parts.append("const edge_bank edge_banks[EDGE_BANK_COUNT] = {\n" + "".join(rows) + "};\n")
    return "\n".join(parts)


def normalisation(manifest: Manifest) -> str:
    """``edge_model_normalisation.c``, with the labels."""
    parts = [head(manifest), '#include "edge_model.h"\n']
    scalings = manifest.normalisation.scaling
    for scaling in scalings:
        knees = scaling.compression or (0.0,) * len(scaling.mean)
        channels = zip(scaling.mean, scaling.scale, scaling.within_scale, knees, strict=True)
        rows = "".join(f"    {{{', '.join(map(real, channel))}}},\n" for channel in channels)
        parts.append(f"static const edge_channel {scaling.tensor}_channels[] = {{\n{rows}}};\n")
    rows = "".join(f'    {{"{s.tensor}", {len(s.mean)}, {s.tensor}_channels}},\n' for s in scalings)
    parts.append(f"const edge_tensor edge_tensors[EDGE_TENSOR_COUNT] = {{\n{rows}}};\n")
    labels = ", ".join(f'"{label}"' for label in manifest.labels)
    parts.append(f"const char *const edge_labels[EDGE_LABEL_COUNT] = {{{labels}}};\n")
    return "\n".join(parts)


def network(manifest: Manifest, model: ModelFile, content: bytes) -> str:
    """``edge_model_network.c``: the model's bytes without the manifest that lies behind them."""
    data = without_manifest(content)
    lines = (data[at : at + BYTES_A_LINE] for at in range(0, len(data), BYTES_A_LINE))
    table = "\n".join("    " + ", ".join(map(str, line)) + "," for line in lines)
    return "\n".join(
        (
            head(manifest),
            '#include "edge_model.h"\n',
            ALIGNED,
            f"const unsigned char edge_network[{len(data)}] EDGE_ALIGNED = {{\n{table}\n}};\n",
            f"const size_t edge_network_length = {len(data)};\n",
            _ports("edge_inputs[EDGE_INPUT_COUNT]", model.inputs),
            _ports("edge_outputs[EDGE_OUTPUT_COUNT]", model.outputs),
        )
    )


def without_manifest(content: bytes) -> bytes:
    """A .tflite file up to the ZIP member that holds the manifest."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return content[: min(member.header_offset for member in archive.infolist())]


def real(value: float) -> str:
    """A C constant that reads back as the same double, or as the float next to it."""
    return f"EDGE_R({float(value)!r})"


def head(manifest: Manifest) -> str:
    """The first line of every file."""
    return HEAD.format(name=manifest.name, version=manifest.version)


def _bank_tables(bank: FilterBank) -> str:
    tables, rows = [], []
    for index, design in enumerate(bank.filters):
        name = f"{bank.name}_{index}"
        sections = ", ".join(f"{{{', '.join(map(real, section))}}}" for section in design.sos)
        tables.append(f"static const edge_section {name}[] = {{{sections}}};")
        rows.append(f"    {{{real(design.rate_hz)}, {len(design.sos)}, {name}}},")
    listing = "\n".join(rows)
    return "\n".join(tables) + f"\nstatic const edge_filter {bank.name}_filters[] = {{\n{listing}\n}};\n"


def _ports(declared: str, bindings: tuple[TensorBinding, ...]) -> str:
    rows = "".join(
        f'    {{"{b.name}", "{b.tensor}", {C_TYPES[b.dtype]}, {float(b.scale)!r}f, {b.zero_point}}},\n'
        for b in bindings
    )
    return f"const edge_port {declared} = {{\n{rows}}};\n"
