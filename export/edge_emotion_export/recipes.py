"""What an export makes, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from edge_emotion.bundle.manifest import Precision
from edge_emotion.errors import UsageError

Format = Literal["onnx", "tflite"]
FORMATS: tuple[Format, ...] = ("onnx", "tflite")


class Recipe(StrEnum):
    """Float files are always made as well: the device can compare, and the proof has its peer."""

    FLOAT32 = "float32"
    """Nothing but the float files."""
    FLOAT16 = "float16"
    """Weights stored as float16; arithmetic in float32."""
    DYNAMIC = "dynamic-int8"
    """Weights int8; activations become int8 by ranges measured while it runs. No calibration; TFLite for LiteRT alone."""
    STATIC = "static-int8"
    """Weights int8 per channel, activations int8 by ranges of stratified training windows. What ``--int8`` means."""
    QAT = "qat-int8"
    """As static, from weights that learned to be int8: fine-tuned towards what the trained network says."""

    @property
    def precision(self) -> Precision:
        """Of the files that it adds to the float ones."""
        return "int8" if self.value.endswith("int8") else "float16" if self is Recipe.FLOAT16 else "float32"

    @property
    def calibrated(self) -> bool:
        """Whether it measures ranges on windows."""
        return self in (Recipe.STATIC, Recipe.QAT)


def choose_recipe(name: str | None, *, int8: bool, qat: bool) -> Recipe:
    """From the flags ``--recipe NAME``, ``--int8`` and ``--qat``; without any of them float32.

    Raises
    ------
    UsageError
        If there is no such recipe, or the flags contradict each other.
    """
    known = ", ".join(Recipe)
    if name is not None and name not in tuple(Recipe):
        raise UsageError(f"--recipe {name!r}: there is no such recipe; give one of {known}")
    short = Recipe.QAT if qat else Recipe.STATIC if int8 else Recipe.FLOAT32
    chosen = short if name is None else Recipe(name)
    if qat and chosen is not Recipe.QAT:
        raise UsageError(f"--qat and --recipe {chosen} contradict each other: give one of them")
    if int8 and chosen.precision != "int8":
        raise UsageError(f"--int8 and --recipe {chosen} contradict each other: give one of them")
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to export."""

    formats: Sequence[Format]
    recipe: Recipe
    name: str
    version: str
