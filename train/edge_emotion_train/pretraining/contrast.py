"""From groups of offspring to a loss: what two groups of one moment have in common, and groups of other moments have not.

The loss is NT-Xent as in Meiosis (Kan et al., arXiv 2208.00877), both directions summed. Ours: the projector is two layers
of the encoder's order of size instead of three up to 4096, and without dropout, which their code leaves on in evaluation.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GroupProjector(nn.Module):
    """Each member projected, then the greatest of the Q members in every dimension: their order cannot matter."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(channels, width)
        self.norm = nn.BatchNorm1d(width)
        self.outer = nn.Linear(width, width)

    def forward(self, members: Tensor) -> Tensor:
        groups, size, channels = members.shape
        hidden = torch.relu(
            self.norm(self.inner(members.reshape(groups * size, channels)))
        )  # (G Q, E) -> (G Q, W)
        projected: Tensor = self.outer(hidden).reshape(groups, size, -1)  # (G Q, W) -> (G, Q, W)
        return projected.amax(dim=1)  # (G, W)


def nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Normalised temperature-scaled cross-entropy of (P, W) and (P, W).

    Row i of either is to be told from the 2 P - 1 others by its peer; the sum of both directions' means. Blind guessing
    costs ln(2 P - 1) a direction.
    """
    count = len(first)
    every = torch.nn.functional.normalize(torch.cat([first, second]), dim=1)  # (2 P, W)
    alike = every @ every.T / temperature  # (2 P, W) @ (W, 2 P) -> (2 P, 2 P)
    itself = torch.eye(2 * count, dtype=torch.bool)
    peers = torch.arange(2 * count).roll(count)  # i finds i + P and the reverse
    losses = nn.functional.cross_entropy(alike.masked_fill(itself, -torch.inf), peers, reduction="none")
    return losses[:count].mean() + losses[count:].mean()
