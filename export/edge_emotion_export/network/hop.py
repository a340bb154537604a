"""The graph of one hop: what a streaming network does each second, with what it keeps as inputs and outputs.

``earlier`` goes in: the sum of the window's columns but the newest, over their number in a whole window. ``newest`` comes out:
the column of this hop. Who runs it keeps the columns (`edge_emotion.engines.streaming`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from edge_emotion.bundle.consistency import OUTPUT_NAMES
from edge_emotion.bundle.manifest import EARLIER, FEATURES, NEWEST, ROWS
from edge_emotion.runtime.normalise import PRESENT
from edge_emotion_export.artefact import Row
from edge_emotion_train.models.acmc_streaming import AcmcStreaming

OUTPUTS = (*OUTPUT_NAMES, NEWEST)


class Hop(nn.Module):
    """One hop of ``model``: ``rows`` of ``reach`` hops, ``features``, ``present`` and ``earlier``, all by name.

    Parameters
    ----------
    model
        In eval mode and folded.
    """

    def __init__(self, model: AcmcStreaming) -> None:
        super().__init__()
        self.network = model

    def forward(self, **inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        network = self.network
        present = inputs[PRESENT]
        newest = network.embed(inputs[ROWS], present).flatten(1)  # (B, M C, 1) -> (B, M C)
        mean = inputs[EARLIER] + newest * (1.0 / network.columns)
        return (*network.decide(mean, inputs[FEATURES], present), newest)


def series_of(model: AcmcStreaming) -> tuple[str, ...]:
    """The inputs of a window that ``rows`` is made of."""
    return tuple(s.role for s in model.streams)


def vectors_of(model: AcmcStreaming) -> tuple[str, ...]:
    """The inputs of a window that ``features`` is made of."""
    return tuple(f"{s.role}_features" for s in model.streams)


def rows_of_window(model: AcmcStreaming, window: Row) -> NDArray[np.float32]:
    """All series of ``window``, one below the other: (1, channels, steps)."""
    return np.concatenate([window[name] for name in series_of(model)], axis=1)


def hop_row(model: AcmcStreaming, window: Row) -> Row:
    """The inputs of the last hop of ``window``; ``earlier`` is zero."""
    width = len(model.streams) * model.config.width
    return {
        ROWS: rows_of_window(model, window)[..., -model.reach * model.config.hop_steps :],
        FEATURES: np.concatenate([window[name] for name in vectors_of(model)], axis=1),
        PRESENT: window[PRESENT],
        EARLIER: np.zeros((1, width), np.float32),
    }
