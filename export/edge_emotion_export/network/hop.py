"""The graph of one hop: what a streaming network does each second, with what it keeps as inputs and outputs.

``earlier`` goes in: the sum of the window's columns but the newest, over their number in a whole window. ``newest`` comes out:
the column of this hop. Who runs it keeps the columns (`edge_emotion.engines.streaming`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge_emotion.bundle.consistency import OUTPUT_NAMES
from edge_emotion.bundle.manifest import EARLIER, NEWEST
from edge_emotion.runtime.normalise import PRESENT
from edge_emotion_export.artefact import Row
from edge_emotion_train.models.acmc_streaming import AcmcStreaming

OUTPUTS = (*OUTPUT_NAMES, NEWEST)


class Hop(nn.Module):
    """One hop of ``model``: series of ``reach`` hops, hand features, ``present`` and ``earlier``, all by name.

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
        rows = torch.cat([inputs[s.role] for s in network.streams], dim=1)
        hand = torch.cat([inputs[f"{s.role}_features"] for s in network.streams], dim=1)
        newest = network.embed(rows, present).flatten(1)  # (B, M C, 1) -> (B, M C)
        mean = inputs[EARLIER] + newest * (1.0 / network.columns)
        return (*network.decide(mean, hand, present), newest)


def hop_row(model: AcmcStreaming, window: Row) -> Row:
    """The inputs of the last hop of ``window``; ``earlier`` is zero."""
    steps = model.reach * model.config.hop_steps
    series = {s.role for s in model.streams}
    row = {name: values[..., -steps:] if name in series else values for name, values in window.items()}
    width = len(model.streams) * model.config.width
    return {**row, EARLIER: window[PRESENT][:, :1].repeat(width, axis=1) * 0}
