"""What every engine shares: where a named tensor lives in a model file, and int8 to and from physical terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import InputSpec, ModelFile, TensorBinding
from edge_emotion.errors import EngineError
from edge_emotion.types import FloatArray

RawArray = NDArray[np.generic]

_LIMITS = {
    dtype: (np.float32(np.iinfo(dtype).min), np.float32(np.iinfo(dtype).max)) for dtype in ("int8", "uint8")
}

REMEDY = "take a fresh copy of the bundle, or make it again with 'edge-emotion export'"


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFacts:
    """What an engine says about one tensor of a loaded model; ``scale`` is 0 where it is not quantised."""

    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int


def check_tensor(file: ModelFile, binding: TensorBinding, facts: TensorFacts | None) -> TensorFacts:
    """The facts, if they are what the manifest says.

    Raises
    ------
    EngineError
        If the model has no such tensor, or its type or quantisation differ from the manifest.
    """
    where = f"{file.path}: tensor {binding.tensor!r}"
    if facts is None:
        raise EngineError(f"{where} is in the manifest but not in the model; {REMEDY}")
    told = (binding.dtype, np.float32(binding.scale), binding.zero_point)
    found = (facts.dtype, np.float32(facts.scale), facts.zero_point)
    if told != found:
        raise EngineError(
            f"{where} is {found[0]} with scale {found[1]:g} and zero point {found[2]}; "
            f"the manifest says {told[0]}, {told[1]:g}, {told[2]}; {REMEDY}"
        )
    return facts


def check_shape(file: ModelFile, spec: InputSpec, facts: TensorFacts) -> None:
    """Compare an input's shape with the manifest.

    Raises
    ------
    EngineError
        If they differ.
    """
    if facts.shape != spec.shape:
        raise EngineError(
            f"{file.path}: input {spec.name!r} has the shape {list(facts.shape)}; "
            f"the manifest says {list(spec.shape)}; {REMEDY}"
        )


def shaped_input(inputs: Mapping[str, FloatArray], name: str, shape: tuple[int, ...]) -> FloatArray:
    """One input as it was given.

    Raises
    ------
    EngineError
        If it is missing or has another shape.
    """
    values = inputs.get(name)
    if values is None:
        raise EngineError(f"input {name!r} is missing; given: {', '.join(sorted(inputs)) or 'none'}")
    if values.shape != shape:
        raise EngineError(f"input {name!r} has the shape {list(values.shape)}; the model takes {list(shape)}")
    return values


def checked_input(inputs: Mapping[str, FloatArray], name: str, shape: tuple[int, ...]) -> FloatArray:
    """One input in float32, C order.

    Raises
    ------
    EngineError
        If it is missing, has another shape, or holds a value that is not finite.
    """
    ready = np.ascontiguousarray(shaped_input(inputs, name, shape), np.float32)
    flat = ready.ravel()
    # A sum of squares that is a number has no other terms; one that is none may have overflowed.
    if not math.isfinite(flat.dot(flat)) and not np.isfinite(ready).all():
        raise EngineError(
            f"input {name!r} holds values that are not finite; windows with gaps must be masked"
        )
    return ready


def quantise(values: FloatArray, facts: TensorFacts) -> RawArray:
    """Physical terms to the tensor's own: ``round(x / scale) + zero_point``, saturating; float passes through.

    The definition of affine quantisation in the TFLite 8-bit specification.
    """
    if facts.dtype == "float32":
        return values
    least, greatest = _LIMITS[facts.dtype]
    steps = values / np.float32(facts.scale)
    np.rint(steps, out=steps)
    steps += facts.zero_point
    np.minimum(steps, greatest, out=steps)
    np.maximum(steps, least, out=steps)
    raw: RawArray = steps.astype(facts.dtype)
    return raw


def dequantise(raw: RawArray, facts: TensorFacts) -> FloatArray:
    """The tensor's own terms to physical ones: ``(q - zero_point) * scale``; float passes through."""
    if facts.dtype == "float32":
        return cast(FloatArray, raw)
    return (raw.astype(np.float32) - np.float32(facts.zero_point)) * np.float32(facts.scale)
