"""Fusion networks, one file each. `build_model` turns a configuration read from a recipe or a run into the
network."""

from __future__ import annotations

from edge_emotion_train.models.acmc import Acmc, AcmcConfig

__all__ = ["Acmc", "AcmcConfig", "ModelConfig", "build_model"]

ModelConfig = AcmcConfig
"""Union of all families, told apart by the tag ``family``; one so far."""


def build_model(config: ModelConfig) -> Acmc:
    """The untrained network of ``config``; parameters come from torch's global generator."""
    return Acmc(config)
