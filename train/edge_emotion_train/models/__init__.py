"""Fusion networks, one file each. `build_model` turns a configuration read from a recipe or a run into the
network."""

from __future__ import annotations

from typing import assert_never

from edge_emotion_train.models.acmc import Acmc, AcmcConfig
from edge_emotion_train.models.acmc_streaming import AcmcStreaming, AcmcStreamingConfig
from edge_emotion_train.models.maan import Maan, MaanConfig
from edge_emotion_train.models.me_mhacl import MeMhacl, MeMhaclConfig
from edge_emotion_train.models.parts import FusionModel, ModelInput, StreamConfig

__all__ = [
    "Acmc",
    "AcmcConfig",
    "AcmcStreaming",
    "AcmcStreamingConfig",
    "FusionModel",
    "Maan",
    "MaanConfig",
    "MeMhacl",
    "MeMhaclConfig",
    "ModelConfig",
    "ModelInput",
    "StreamConfig",
    "build_model",
    "family_of",
]

ModelConfig = AcmcConfig | AcmcStreamingConfig | MaanConfig | MeMhaclConfig
"""Union of all families, told apart by the tag ``family``."""


def build_model(config: ModelConfig) -> FusionModel:
    """The untrained network of ``config``; parameters come from torch's global generator.

    Raises
    ------
    UsageError
        If the configuration contradicts itself.
    """
    match config:
        case AcmcConfig():
            return Acmc(config)
        case AcmcStreamingConfig():
            return AcmcStreaming(config)
        case MaanConfig():
            return Maan(config)
        case MeMhaclConfig():
            return MeMhacl(config)
    assert_never(config)


def family_of(config: ModelConfig) -> str:
    """Its tag: ``acmc``, ``acmc_streaming``, ``maan`` or ``me_mhacl``."""
    return str(config.__struct_config__.tag)
