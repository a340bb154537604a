"""Does a manifest agree with itself? What the runtime takes for granted is checked here, once."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from edge_emotion.bundle.manifest import (
    EARLIER,
    FEATURES,
    NEWEST,
    ROWS,
    ChannelScaling,
    InputSpec,
    Manifest,
    ModelFile,
    StreamingSpec,
    TensorBinding,
)
from edge_emotion.errors import BundleError
from edge_emotion.types import Role

CARD_NAME = "MODEL_CARD.md"
PRESENT = "present"
"""The one input that is no scaled window tensor: which roles take part."""
_RANKS_OF_A_HOP = {ROWS: 3, FEATURES: 2, PRESENT: 2, EARLIER: 2}
OUTPUT_NAMES = ("logits", "contributions")
MAX_INPUT_VALUES = 1_000_000
"""In all inputs together, and in a series of one window: a manifest must not choose how much memory reading it takes."""
MAX_SMOOTHING_WINDOWS = 10_000
MAX_FINAL_AFTER_S = 30.0
"""As long as the chain waits for a modality that stays behind."""
_SUFFIX_OF = {"onnxruntime": ".onnx", "litert": ".tflite"}


def check_manifest(manifest: Manifest) -> None:
    """Check the parts of a manifest against each other.

    Raises
    ------
    BundleError
        At the first contradiction, naming it.
    """
    _check_names(manifest)
    _check_shapes(manifest.inputs)
    scaled = {s.tensor for s in manifest.normalisation.scaling} | {PRESENT}
    if unscaled := sorted({i.name for i in manifest.inputs} - scaled):
        raise BundleError(f"has an input {unscaled[0]!r} that nothing fills: no scaling names it")
    for scaling in manifest.normalisation.scaling:
        _check_scaling(scaling, manifest)
    for file in manifest.model_files:
        _check_model_file(file, {i.name for i in manifest.inputs}, set(OUTPUT_NAMES))
    if manifest.streaming is not None:
        _check_streaming(manifest.streaming, manifest)
    _check_decision(manifest)
    _check_signals(manifest)
    _check_files(manifest)


def _check_names(manifest: Manifest) -> None:
    _unique("label", manifest.labels)
    _unique("role", manifest.roles)
    _unique("input", (i.name for i in manifest.inputs))
    _unique("scaling of tensor", (s.tensor for s in manifest.normalisation.scaling))
    _unique("filter bank", (b.name for b in manifest.signals.banks))
    hops = manifest.streaming.model_files if manifest.streaming else ()
    _unique("model file", (f.path for f in (*manifest.model_files, *hops)))
    for files in (manifest.model_files, hops):
        _unique("model for engine and precision", (f"{f.engine} {f.precision}" for f in files))
    if len(manifest.labels) < 2:
        raise BundleError(f"names {len(manifest.labels)} label(s); a classifier has at least two")
    known = {role.value for role in Role}
    if not manifest.roles or not set(manifest.roles) <= known:
        raise BundleError(f"names the roles {list(manifest.roles)}; allowed: at least one of {sorted(known)}")


def _check_decision(manifest: Manifest) -> None:
    known, wanted = len(manifest.decision.rest_logits), len(manifest.labels)
    if known not in ({wanted} if manifest.decision.own_threshold else {0, wanted}):
        raise BundleError(
            f"says in {known} rest_logits what its network says of others at rest; needs one for each of {wanted} labels"
        )


def _check_shapes(inputs: tuple[InputSpec, ...]) -> None:
    for spec in inputs:
        if len(spec.shape) < 2 or spec.shape[0] != 1 or min(spec.shape) < 1:
            raise BundleError(
                f"gives input {spec.name!r} the shape {list(spec.shape)}; it must be [1, ...]: one window"
            )
        if prod(spec.shape) > MAX_INPUT_VALUES:
            raise BundleError(
                f"gives input {spec.name!r} {prod(spec.shape)} values; at most {MAX_INPUT_VALUES} allowed"
            )
    total = sum(prod(spec.shape) for spec in inputs)
    if total > MAX_INPUT_VALUES:
        raise BundleError(f"gives its inputs {total} values together; at most {MAX_INPUT_VALUES} allowed")


def _check_streaming(streaming: StreamingSpec, manifest: Manifest) -> None:
    """Are the files of one hop about the same windows as the others?"""
    _unique("input of one hop", (i.name for i in streaming.inputs))
    _check_shapes(streaming.inputs)
    if streaming.columns > MAX_INPUT_VALUES:
        raise BundleError(f"keeps {streaming.columns} columns; at most {MAX_INPUT_VALUES} allowed")
    _check_hop_shapes(streaming, {i.name: i.shape for i in manifest.inputs})
    if not manifest.signals.final_after_s:
        raise BundleError("has files of one hop but rows that change: signals.final_after_s must be above 0")
    for file in streaming.model_files:
        _check_model_file(file, set(_RANKS_OF_A_HOP), {*OUTPUT_NAMES, NEWEST})
    if stray := sorted({f.path for f in streaming.fidelity} - {f.path for f in streaming.model_files}):
        raise BundleError(f"proves {stray[0]}, which is not one of its files of one hop")


def _check_hop_shapes(streaming: StreamingSpec, whole: dict[str, tuple[int, ...]]) -> None:
    hop = {i.name: i.shape for i in streaming.inputs}
    if {name: len(shape) for name, shape in hop.items()} != _RANKS_OF_A_HOP:
        raise BundleError(
            f"gives one hop the inputs {hop}; they must be these, of so many axes: {_RANKS_OF_A_HOP}"
        )
    parts = (*streaming.series, *streaming.vectors, PRESENT)
    if sorted(parts) != sorted(whole) or not streaming.series or not streaming.vectors:
        raise BundleError(
            f"makes one hop of the series {list(streaming.series)} and the vectors {list(streaming.vectors)}; "
            f"they must be the inputs of a window but {PRESENT!r}, each once: {sorted(whole)}"
        )
    past = (streaming.columns - 1) * streaming.hop_steps
    rows = (*hop[ROWS][:-1], hop[ROWS][-1] + past)
    for name, found, wanted in (
        (ROWS, rows, _joined([whole[n] for n in streaming.series])),
        (FEATURES, hop[FEATURES], _joined([whole[n] for n in streaming.vectors])),
        (PRESENT, hop[PRESENT], whole[PRESENT]),
    ):
        if found != wanted:
            raise BundleError(
                f"gives one hop {name!r} with the shape {list(hop[name])}; {streaming.columns} columns, "
                f"{streaming.hop_steps} rows apart, are no window of {list(wanted)}"
            )


def _joined(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Of inputs one below the other; empty where their other axes differ."""
    others = {shape[2:] for shape in shapes}
    return (1, sum(shape[1] for shape in shapes), *others.pop()) if len(others) == 1 else ()


def _check_scaling(scaling: ChannelScaling, manifest: Manifest) -> None:
    sizes = {len(scaling.mean), len(scaling.scale), len(scaling.within_scale)}
    if len(sizes) != 1:
        raise BundleError(f"scales {scaling.tensor!r} with lists of different lengths {sorted(sizes)}")
    shape = next((i.shape for i in manifest.inputs if i.name == scaling.tensor), None)
    if shape is None:
        raise BundleError(f"scales a tensor {scaling.tensor!r} that is not one of its inputs")
    # Two views of each channel: against the population and against the wearer's own rest.
    if shape[1] != 2 * len(scaling.mean):
        raise BundleError(
            f"scales {len(scaling.mean)} channels of {scaling.tensor!r}; its shape {list(shape)} "
            f"needs {shape[1] / 2:g}"
        )


def _check_model_file(file: ModelFile, inputs: set[str], outputs: set[str]) -> None:
    if not file.path.endswith(_SUFFIX_OF[file.engine]):
        raise BundleError(f"gives {file.path!r} to {file.engine}, which reads {_SUFFIX_OF[file.engine]}")
    _check_bindings(file, "input", file.inputs, inputs)
    _check_bindings(file, "output", file.outputs, outputs)


def _check_bindings(
    file: ModelFile, kind: str, bindings: tuple[TensorBinding, ...], wanted: set[str]
) -> None:
    _unique(f"{kind} of {file.path}", (b.name for b in bindings))
    _unique(f"{kind} tensor of {file.path}", (b.tensor for b in bindings))
    names = {b.name for b in bindings}
    if names != wanted:
        raise BundleError(f"binds the {kind}s {sorted(names)} of {file.path}; it must bind {sorted(wanted)}")
    for binding in bindings:
        quantised = binding.dtype != "float32"
        if quantised != (binding.scale > 0):
            raise BundleError(
                f"gives {kind} {binding.name!r} of {file.path} ({binding.dtype}) scale {binding.scale:g}"
            )


def _check_signals(manifest: Manifest) -> None:
    signals = manifest.signals
    for name in ("grid_hz", "window_s", "hop_s", "tonic_hz", "scr_threshold_us"):
        value = float(getattr(signals, name))
        if not 0 < value < float("inf"):
            raise BundleError(f"has signals.{name} = {value:g}; it must be positive")
    if signals.window_s * signals.grid_hz > MAX_INPUT_VALUES or not 0 <= signals.eeg_channels <= 256:
        raise BundleError(
            f"has windows of {signals.window_s:g} s at {signals.grid_hz:g} Hz with {signals.eeg_channels} channels of EEG; "
            f"at most {MAX_INPUT_VALUES} values and 256 channels are allowed"
        )
    lengths = (signals.window_s, signals.hop_s, signals.grid_hz)
    if signals.final_after_s and not (
        0 < signals.final_after_s <= MAX_FINAL_AFTER_S and all(x == round(x) for x in lengths)
    ):
        raise BundleError(
            f"makes its rows final after {signals.final_after_s:g} s in windows of {signals.window_s:g} s each "
            f"{signals.hop_s:g} s at {signals.grid_hz:g} Hz; at most {MAX_FINAL_AFTER_S:g} s are allowed, the others whole"
        )
    if manifest.decision.smoothing_windows > MAX_SMOOTHING_WINDOWS:
        raise BundleError(
            f"smooths over {manifest.decision.smoothing_windows} windows; at most {MAX_SMOOTHING_WINDOWS} allowed"
        )
    for bank in signals.banks:
        if not bank.filters:
            raise BundleError(f"has a filter bank {bank.name!r} without a filter")


def _check_files(manifest: Manifest) -> None:
    if not manifest.model_files:
        raise BundleError("names no model file")
    listed = {f.path for f in manifest.files}
    hops = manifest.streaming.model_files if manifest.streaming else ()
    models = {f.path for f in (*manifest.model_files, *hops)}
    if missing := sorted(models - listed):
        raise BundleError(f"names the model {missing[0]} but no such file")
    if unknown := sorted(listed - models - {CARD_NAME}):
        raise BundleError(f"lists {unknown[0]}, which is neither a model nor the model card")
    if stray := sorted({f.path for f in manifest.fidelity} - models):
        raise BundleError(f"proves {stray[0]}, which is not one of its models")


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if not name or name in seen:
            raise BundleError(f"names the {what} {name!r} twice" if name else f"has a {what} without a name")
        seen.add(name)
