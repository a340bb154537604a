"""How encoders are prepared; a table of the recipe."""

from __future__ import annotations

from typing import Annotated

import msgspec

from edge_emotion.bundle.manifest import Positive

MINIMUM_MOMENTS = 2
"""With a single moment there is nothing to tell apart."""


class PretrainingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Meiosis contrastive pre-training.

    Parameters
    ----------
    steps
        Batches to learn from.
    moments
        P: moments in a batch, each the others' negative. From Meiosis (Kan et al., arXiv 2208.00877), as the next two.
    pairs
        Q: pairs of people behind a group; a moment needs 2 Q people.
    temperature
        Of the contrastive loss.
    learning_rate
        Ours: there they learn from 4 000 epochs at 1e-4.
    projector_width
        Of the two layers that are dropped afterwards; ours, far narrower than there.
    """

    steps: Annotated[int, msgspec.Meta(ge=1)] = 400
    moments: Annotated[int, msgspec.Meta(ge=MINIMUM_MOMENTS)] = 8
    pairs: Annotated[int, msgspec.Meta(ge=1)] = 2
    temperature: Positive = 0.1
    learning_rate: Positive = 1e-3
    projector_width: Annotated[int, msgspec.Meta(ge=1)] = 128
