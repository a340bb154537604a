"""Control characteristic of the open EDA profile, version 1: start and stop, and the sensor's answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_uint, quote, require, uint

RESPONSE_MARK = 0xF0


class EdaOpcode(IntEnum):
    """Commands."""

    START = 1
    STOP = 2


class EdaStatus(IntEnum):
    """Result of a command."""

    SUCCESS = 0
    UNKNOWN_OPCODE = 1
    MALFORMED = 2
    RATE_NOT_OFFERED = 3
    SENSOR_FAULT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaStart:
    """Start streaming at a rate that the info characteristic offers; while streaming, change to it."""

    rate_tenth_hz: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaStop:
    """Stop streaming; succeeds when nothing streams too."""


EdaRequest = EdaStart | EdaStop


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaResponse:
    """Answer to one command; ``opcode`` is the command's first byte, known or not."""

    opcode: int
    status: EdaStatus


def encode_eda_request(request: EdaRequest) -> bytes:
    """Encode ``request``; `PacketError` if the rate does not fit."""
    match request:
        case EdaStart():
            return bytes([EdaOpcode.START]) + pack_uint(request.rate_tenth_hz, 2, "EDA request")
        case EdaStop():
            return bytes([EdaOpcode.STOP])


def decode_eda_request(data: bytes) -> EdaRequest:
    """Decode what was written to the control characteristic; `PacketError` if it is no known command."""
    require(data, 1, "EDA request")
    if data[0] == EdaOpcode.START and len(data) == 3:
        return EdaStart(rate_tenth_hz=uint(data, 1, 2))
    if data[0] == EdaOpcode.STOP and len(data) == 1:
        return EdaStop()
    raise PacketError(f"EDA request: must be 01 and a 16-bit rate, or 02 alone, is {quote(data)}")


def encode_eda_response(response: EdaResponse) -> bytes:
    """Encode ``response``; `PacketError` if the opcode is no byte."""
    return bytes([RESPONSE_MARK]) + pack_uint(response.opcode, 1, "EDA response") + bytes([response.status])


def decode_eda_response(data: bytes) -> EdaResponse:
    """Decode an indication of the control characteristic; `PacketError` unless it is F0, opcode, known status."""
    if len(data) != 3 or data[0] != RESPONSE_MARK:
        raise PacketError(f"EDA response: must be f0, opcode, status, is {quote(data)}")
    try:
        return EdaResponse(opcode=data[1], status=EdaStatus(data[2]))
    except ValueError as error:
        raise PacketError(f"EDA response: {error} ({quote(data)})") from None
