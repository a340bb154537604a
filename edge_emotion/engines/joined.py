"""Several inputs of a window in one array: an engine pays for each tensor that it is given, and little for its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edge_emotion.bundle.manifest import InputSpec
from edge_emotion.engines.ports import shaped_input
from edge_emotion.types import FloatArray


class Joined:
    """An array that is filled again and again.

    Parameters
    ----------
    specs
        What lies one below the other along axis 1; the other axes are the same for all.
    """

    def __init__(self, specs: Sequence[InputSpec]) -> None:
        heights = [spec.shape[1] for spec in specs]
        self.values: FloatArray = np.zeros((1, sum(heights), *specs[0].shape[2:]), np.float32)
        places = np.split(self.values, np.cumsum(heights)[:-1], axis=1)
        self._parts = [(spec.name, spec.shape, place) for spec, place in zip(specs, places, strict=True)]

    def fill(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Take over this window's values.

        Raises
        ------
        EngineError
            If an input is missing or has another shape.
        """
        for name, shape, place in self._parts:
            place[...] = shaped_input(inputs, name, shape)
        return self.values
