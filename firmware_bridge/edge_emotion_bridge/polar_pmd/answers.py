"""What the PMD control point gives back: its features when read, responses as indications."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.polar_pmd.measurement import PmdMeasurement, to_measurement
from edge_emotion_bridge.polar_pmd.requests import PmdOpcode
from edge_emotion_bridge.wire import quote, require

FEATURES_MARK = 0x0F
FEATURES_LENGTH = 17  # as an H10 sends it: the mark and 128 bits
RESPONSE_MARK = 0xF0


@dataclass(frozen=True, slots=True, kw_only=True)
class PmdFeatures:
    """Which measurements the device can stream."""

    measurements: frozenset[PmdMeasurement]


class PmdStatus(IntEnum):
    """Result of a command."""

    SUCCESS = 0
    INVALID_OPCODE = 1
    INVALID_MEASUREMENT = 2
    NOT_SUPPORTED = 3
    INVALID_LENGTH = 4
    INVALID_PARAMETER = 5
    ALREADY_IN_STATE = 6
    INVALID_RESOLUTION = 7
    INVALID_SAMPLE_RATE = 8
    INVALID_RANGE = 9
    INVALID_MTU = 10
    INVALID_CHANNELS = 11
    INVALID_STATE = 12
    IN_CHARGER = 13
    DISK_FULL = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class PmdResponse:
    """Answer to one command.

    Parameters
    ----------
    more
        Whether another indication continues the parameters.
    parameters
        Settings to be decoded by `decode_pmd_settings`; empty unless ``status`` is success.
    """

    opcode: PmdOpcode
    measurement: PmdMeasurement
    status: PmdStatus
    more: bool = False
    parameters: bytes = b""


def decode_pmd_features(data: bytes) -> PmdFeatures:
    """Decode a read of the control point; bits without a known measurement are ignored.

    Raises
    ------
    PacketError
        If it does not begin with 0F and at least one byte of bits.
    """
    require(data, 2, "PMD features")
    if data[0] != FEATURES_MARK:
        raise PacketError(f"PMD features: must begin with 0f, is {quote(data)}")
    bits = int.from_bytes(data[1:], "little")
    return PmdFeatures(measurements=frozenset(m for m in PmdMeasurement if bits >> m & 1))


def encode_pmd_features(features: PmdFeatures) -> bytes:
    """Encode ``features`` in the length that an H10 uses."""
    bits = sum(1 << m for m in features.measurements)
    return bytes([FEATURES_MARK]) + bits.to_bytes(FEATURES_LENGTH - 1, "little")


def decode_pmd_response(data: bytes) -> PmdResponse:
    """Decode an indication of the control point.

    Raises
    ------
    PacketError
        If it does not begin with F0 (BlueZ delivers plain reads as notifications too), or names an unknown command,
        measurement or status.
    """
    require(data, 4, "PMD response")
    if data[0] != RESPONSE_MARK:
        raise PacketError(f"PMD response: must begin with f0, is {quote(data)}")
    try:
        opcode, status = PmdOpcode(data[1]), PmdStatus(data[3])
    except ValueError as error:
        raise PacketError(f"PMD response: {error} ({quote(data)})") from None
    succeeded = status is PmdStatus.SUCCESS
    return PmdResponse(
        opcode=opcode,
        measurement=to_measurement(data[2]),
        status=status,
        more=succeeded and len(data) > 4 and data[4] != 0,
        parameters=bytes(data[5:]) if succeeded else b"",
    )


def encode_pmd_response(response: PmdResponse) -> bytes:
    """Encode ``response``.

    Raises
    ------
    PacketError
        If it failed and still carries parameters: they cannot be told on the wire.
    """
    head = bytes([RESPONSE_MARK, response.opcode, response.measurement, response.status])
    if response.status is PmdStatus.SUCCESS:
        return head + bytes([response.more]) + response.parameters
    if response.more or response.parameters:
        raise PacketError(f"PMD response: status {response.status.name} cannot carry parameters")
    return head
