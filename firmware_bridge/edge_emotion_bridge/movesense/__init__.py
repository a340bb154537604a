"""Movesense GATT SensorData Protocol (GSP): ECG, movement and heart rate of a Movesense HR+, HR2, MD or Flash.

Source: movesense.com, "GATT SensorData Protocol"; what it leaves open (arrays of measurements carry no count, the unit of
the mV resource) was measured on hardware by authors of public clients. None of it was run against a sensor here.
"""

from __future__ import annotations

from edge_emotion_bridge.movesense.commands import (
    MovesenseCode,
    MovesenseCommand,
    MovesenseGet,
    MovesenseHello,
    MovesenseSubscribe,
    MovesenseUnsubscribe,
    decode_movesense_command,
    encode_movesense_command,
)
from edge_emotion_bridge.movesense.measurements import (
    ECG_UV_PER_COUNT,
    MovesenseEcg,
    MovesenseEcgMicrovolt,
    MovesenseHeartRate,
    MovesenseImu6,
    decode_movesense_ecg,
    decode_movesense_ecg_microvolt,
    decode_movesense_heart_rate,
    decode_movesense_imu6,
    encode_movesense_ecg,
    encode_movesense_ecg_microvolt,
    encode_movesense_heart_rate,
    encode_movesense_imu6,
)
from edge_emotion_bridge.movesense.notifications import (
    MovesenseContinuation,
    MovesenseData,
    MovesenseKind,
    MovesenseNotification,
    MovesenseResponse,
    decode_movesense_notification,
    encode_movesense_notification,
)

__all__ = [
    "ECG_UV_PER_COUNT",
    "MovesenseCode",
    "MovesenseCommand",
    "MovesenseContinuation",
    "MovesenseData",
    "MovesenseEcg",
    "MovesenseEcgMicrovolt",
    "MovesenseGet",
    "MovesenseHeartRate",
    "MovesenseHello",
    "MovesenseImu6",
    "MovesenseKind",
    "MovesenseNotification",
    "MovesenseResponse",
    "MovesenseSubscribe",
    "MovesenseUnsubscribe",
    "decode_movesense_command",
    "decode_movesense_ecg",
    "decode_movesense_ecg_microvolt",
    "decode_movesense_heart_rate",
    "decode_movesense_imu6",
    "decode_movesense_notification",
    "encode_movesense_command",
    "encode_movesense_ecg",
    "encode_movesense_ecg_microvolt",
    "encode_movesense_heart_rate",
    "encode_movesense_imu6",
    "encode_movesense_notification",
]
