"""Meiosis: two people's signals at one moment exchange what comes after a split in time.

Kan et al., arXiv 2208.00877. Their released code for DEAP crosses over the channels, with three draws in four
exchanging nothing; the published idea, and this, is a split in 1 ... T - 1 of the time axis. Pairs and split are the same in
every modality, so that offspring stay one moment across modalities; where modalities differ in length, the split lies
at the same share of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def cross(first: Tensor, second: Tensor, split: int) -> tuple[Tensor, Tensor]:
    """Both offspring of (..., T) and (..., T): what lies from ``split`` on changes places."""
    one = torch.cat([first[..., :split], second[..., split:]], dim=-1)  # (..., T)
    other = torch.cat([second[..., :split], first[..., split:]], dim=-1)  # (..., T)
    return one, other


def splits(share: float, lengths: Sequence[int]) -> list[int]:
    """Where each modality is split: at ``share`` of its length, never at its ends."""
    return [min(max(1, round(share * length)), length - 1) for length in lengths]


def offspring(parents: Sequence[Tensor], share: float) -> list[tuple[Tensor, Tensor]]:
    """Both groups of each modality.

    Parameters
    ----------
    parents
        One tensor per modality, (P, Q, 2, channels, ..., T): moments, pairs, the two people of a pair.
    share
        Of the length at which all are split, in (0, 1).

    Returns
    -------
    One pair of (P, Q, channels, ..., T) per modality.
    """
    where = splits(share, [p.shape[-1] for p in parents])
    return [cross(p[:, :, 0], p[:, :, 1], split) for p, split in zip(parents, where, strict=True)]
