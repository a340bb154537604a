"""The measurement types of PMD."""

from __future__ import annotations

from enum import IntEnum

from edge_emotion_bridge.errors import PacketError

MEASUREMENT_MASK = 0x3F  # the two bits above tell online from offline recording


class PmdMeasurement(IntEnum):
    """What a PMD stream measures."""

    ECG = 0
    PPG = 1
    ACC = 2
    PPI = 3
    GYRO = 5
    MAGNETOMETER = 6
    SDK_MODE = 9
    LOCATION = 10
    PRESSURE = 11
    TEMPERATURE = 12


def to_measurement(byte: int) -> PmdMeasurement:
    """The measurement that ``byte`` names, or `PacketError`."""
    try:
        return PmdMeasurement(byte & MEASUREMENT_MASK)
    except ValueError:
        known = ", ".join(f"{m.value} {m.name}" for m in PmdMeasurement)
        raise PacketError(
            f"PMD: unknown measurement type {byte & MEASUREMENT_MASK}; known: {known}"
        ) from None
