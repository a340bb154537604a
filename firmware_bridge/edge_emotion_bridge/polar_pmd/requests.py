"""What a client writes to the PMD control point."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.polar_pmd.measurement import PmdMeasurement, to_measurement
from edge_emotion_bridge.polar_pmd.settings import PmdSettings, decode_pmd_settings, encode_pmd_settings
from edge_emotion_bridge.wire import quote, require

WHAT = "PMD request"


class PmdOpcode(IntEnum):
    """Commands of the control point."""

    GET_SETTINGS = 1
    START = 2
    STOP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PmdGetSettings:
    """Ask which settings a measurement offers."""

    measurement: PmdMeasurement


@dataclass(frozen=True, slots=True, kw_only=True)
class PmdStart:
    """Start a stream with these settings."""

    measurement: PmdMeasurement
    settings: PmdSettings = field(default_factory=PmdSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class PmdStop:
    """Stop a stream. A strap that is left streaming stays on until its battery is empty."""

    measurement: PmdMeasurement


PmdRequest = PmdGetSettings | PmdStart | PmdStop


def encode_pmd_request(request: PmdRequest) -> bytes:
    """Encode ``request``; `PacketError` if a setting does not fit."""
    match request:
        case PmdGetSettings():
            return bytes([PmdOpcode.GET_SETTINGS, request.measurement])
        case PmdStart():
            return bytes([PmdOpcode.START, request.measurement]) + encode_pmd_settings(request.settings)
        case PmdStop():
            return bytes([PmdOpcode.STOP, request.measurement])


def decode_pmd_request(data: bytes) -> PmdRequest:
    """Decode what was written to the control point.

    Raises
    ------
    PacketError
        If the command or the measurement is unknown, or the settings are malformed.
    """
    require(data, 2, WHAT)
    measurement = to_measurement(data[1])
    if data[0] == PmdOpcode.START:
        return PmdStart(measurement=measurement, settings=decode_pmd_settings(data[2:]))
    if len(data) == 2 and data[0] == PmdOpcode.GET_SETTINGS:
        return PmdGetSettings(measurement=measurement)
    if len(data) == 2 and data[0] == PmdOpcode.STOP:
        return PmdStop(measurement=measurement)
    raise PacketError(f"{WHAT}: must be 01 type, 02 type settings, or 03 type, is {quote(data)}")
