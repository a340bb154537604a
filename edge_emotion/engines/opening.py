"""Choosing and opening the engine for a bundle."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from edge_emotion.bundle.manifest import EngineName, InputSpec, ModelFile, Precision, StreamingSpec
from edge_emotion.bundle.reader import Bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.litert import PACKAGES as LITERT_PACKAGES
from edge_emotion.engines.litert import LitertEngine
from edge_emotion.engines.onnx import OnnxEngine
from edge_emotion.engines.streaming import StreamingEngine
from edge_emotion.errors import BundleError, MissingExtraError

EngineChoice = Literal["auto", "onnxruntime", "litert"]

PREFERENCE: tuple[EngineName, ...] = ("litert", "onnxruntime")
"""LiteRT comes with the package wherever it has wheels: half the time and less memory (benchmarks/latency.py, footprint.py)."""
_PACKAGES: dict[EngineName, tuple[str, ...]] = {"onnxruntime": ("onnxruntime",), "litert": LITERT_PACKAGES}
_ON_INDEX: dict[EngineName, str] = {"onnxruntime": "onnxruntime", "litert": "ai-edge-litert"}


def installed_engines() -> tuple[EngineName, ...]:
    """Engines whose package is on this machine, in the order of preference; nothing is imported."""
    return tuple(e for e in PREFERENCE if any(find_spec(p) is not None for p in _PACKAGES[e]))


def open_engine(bundle: Bundle, engine: EngineChoice = "auto", precision: Precision = "int8") -> Engine:
    """Load one of a bundle's models.

    Parameters
    ----------
    engine
        ``auto`` takes LiteRT, else onnxruntime, whichever is installed and has a file in the bundle.

    Returns
    -------
    Engine
        Takes whole windows; where the bundle has files of one hop, it computes no more than what is new in them.

    Raises
    ------
    BundleError
        If the bundle holds no such model; the message lists what it holds.
    MissingExtraError
        If no engine that could run one is installed; the message names the extra.
    EngineError
        If the engine refuses the model.
    """
    wanted = [engine] if engine != "auto" else list(PREFERENCE)
    streaming = bundle.manifest.streaming
    files = {f.engine: f for f in bundle.manifest.model_files if f.precision == precision}
    hops = {f.engine: f for f in streaming.model_files if f.precision == precision} if streaming else {}
    offered = [name for name in wanted if name in files]
    if not offered:
        held = ", ".join(f"{f.engine} {f.precision}" for f in bundle.manifest.model_files)
        asked = precision if engine == "auto" else f"{engine} {precision}"
        raise BundleError(f"{bundle.path}: holds no {asked} model; it holds: {held}")
    usable = [name for name in offered if name in installed_engines()]
    if not usable:
        first = offered[0]  # an engine's extra has the engine's name
        raise MissingExtraError(_ON_INDEX[first], first, f"{files[first].path} in {bundle.path}")
    if streaming and usable[0] in hops:
        return open_hops(bundle, streaming, hops[usable[0]])
    file = files[usable[0]]
    return open_model(bundle.read(file.path), file, bundle.manifest.inputs)


def open_hops(bundle: Bundle, streaming: StreamingSpec, file: ModelFile) -> StreamingEngine:
    """Load one of a bundle's files of one hop, so that it takes whole windows; raises as `open_model`."""
    hop = open_model(bundle.read(file.path), file, streaming.inputs)
    return StreamingEngine(hop, streaming, bundle.manifest.inputs)


def open_model(model: bytes, file: ModelFile, inputs: tuple[InputSpec, ...], threads: int = 1) -> Engine:
    """Load one model file in its engine; the export proves files with this before there is a bundle.

    Raises
    ------
    MissingExtraError
        If the engine is not installed.
    EngineError
        If the engine refuses the model.
    """
    if file.engine == "onnxruntime":
        return OnnxEngine(model, file, inputs, threads)
    return LitertEngine(model, file, inputs, threads)
