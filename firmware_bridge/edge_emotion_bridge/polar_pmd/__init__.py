"""Polar Measurement Data (PMD): raw ECG and acceleration of a Polar H10 and its relatives.

Source: Polar's "online measurement" specification 1.0 (August 2024) in polarofficial/polar-ble-sdk.
"""

from __future__ import annotations

from edge_emotion_bridge.polar_pmd.answers import (
    PmdFeatures,
    PmdResponse,
    PmdStatus,
    decode_pmd_features,
    decode_pmd_response,
    encode_pmd_features,
    encode_pmd_response,
)
from edge_emotion_bridge.polar_pmd.frames import (
    POLAR_EPOCH_UNIX_S,
    AccFrame,
    CompressedFrame,
    EcgFrame,
    PmdFrame,
    PpgFrame,
    decode_pmd_frame,
    encode_pmd_frame,
)
from edge_emotion_bridge.polar_pmd.measurement import PmdMeasurement
from edge_emotion_bridge.polar_pmd.requests import (
    PmdGetSettings,
    PmdOpcode,
    PmdRequest,
    PmdStart,
    PmdStop,
    decode_pmd_request,
    encode_pmd_request,
)
from edge_emotion_bridge.polar_pmd.settings import PmdSettings, decode_pmd_settings, encode_pmd_settings

__all__ = [
    "POLAR_EPOCH_UNIX_S",
    "AccFrame",
    "CompressedFrame",
    "EcgFrame",
    "PmdFeatures",
    "PmdFrame",
    "PmdGetSettings",
    "PmdMeasurement",
    "PmdOpcode",
    "PmdRequest",
    "PmdResponse",
    "PmdSettings",
    "PmdStart",
    "PmdStatus",
    "PmdStop",
    "PpgFrame",
    "decode_pmd_features",
    "decode_pmd_frame",
    "decode_pmd_request",
    "decode_pmd_response",
    "decode_pmd_settings",
    "encode_pmd_features",
    "encode_pmd_frame",
    "encode_pmd_request",
    "encode_pmd_response",
    "encode_pmd_settings",
]
