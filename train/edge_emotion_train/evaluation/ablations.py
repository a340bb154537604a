"""What is taken away from a network to see what it is worth: its attention, or all signals but one."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import msgspec
import numpy as np

from edge_emotion.runtime.normalise import PRESENT, role_of
from edge_emotion.types import Role
from edge_emotion_train.models import (
    AcmcConfig,
    AcmcStreamingConfig,
    MaanConfig,
    MeMhaclConfig,
    ModelConfig,
)
from edge_emotion_train.preparation.windows import WindowSet

ATTENTION_OFF, PRETRAINING_OFF = "attention_off", "pretraining_off"
"""What a row's name ends with, behind the name of the row that is whole."""


def alone(role: Role) -> str:
    """The same for a row that has nothing but ``role``."""
    return f"{role.value}_only"


def reduced(windows: WindowSet, only: Role | None) -> WindowSet:
    """``windows`` with every other role missing, as the device would mask it; those without ``only`` say nothing."""
    if only is None:
        return windows
    inputs = {
        name: values * (role_of(name) is only) for name, values in windows.inputs.items() if name != PRESENT
    }
    mask = np.array([role is only for role in Role], np.float32)
    return replace(windows, inputs={**inputs, PRESENT: windows.inputs[PRESENT] * mask})


def without_attention(config: ModelConfig) -> ModelConfig:
    """The family's ablation: the same network with its attention switched off."""
    match config:
        case AcmcConfig() | AcmcStreamingConfig() | MaanConfig() | MeMhaclConfig():
            off: Literal["off"] = "off"
            return msgspec.structs.replace(config, attention=off)
