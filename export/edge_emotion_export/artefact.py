"""What the conversion steps hand on: one model file, in memory until everything is proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_emotion.bundle.manifest import EngineName, Precision
from edge_emotion.types import FloatArray

Row = Mapping[str, FloatArray]
"""One window as the models take it: by input name, each with a leading batch of 1."""

_SUFFIX: Mapping[EngineName, str] = {"onnxruntime": ".onnx", "litert": ".tflite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A converted model.

    Parameters
    ----------
    content
        Bytes of the file.
    recipe
        How it was quantised, in one phrase; empty for float32.
    rung
        How much of it became int8 (`edge_emotion_export.ladder.Rung`); empty where nothing was chosen.
    stem
        Begins its name: ``model`` for whole windows, ``hop`` for one hop of a streaming network.
    """

    engine: EngineName
    precision: Precision
    content: bytes
    recipe: str = ""
    rung: str = ""
    stem: str = "model"

    @property
    def path(self) -> str:
        """Name inside the bundle: ``model.onnx``, ``model.int8.onnx``, ``model.float16.tflite``."""
        middle = "" if self.precision == "float32" else f".{self.precision}"
        return f"{self.stem}{middle}{_SUFFIX[self.engine]}"
