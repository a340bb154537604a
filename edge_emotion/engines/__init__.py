"""Inference engines behind one small protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edge_emotion.types import FloatArray


class Engine(Protocol):
    """One loaded model file.

    ``run`` takes and gives float32 in the model's own terms; quantising and dequantising are the engine's business.
    """

    name: str
    precision: str

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        """Outputs by name for one window.

        Parameters
        ----------
        inputs
            By the manifest's input names, shapes as there (leading batch of 1), float32.

        Returns
        -------
        mapping
            ``logits`` of shape (1, classes) and ``contributions`` of shape (1, roles), float32.

        Raises
        ------
        EngineError
            If an input is missing or has another shape, or the engine fails.
        """
        ...
