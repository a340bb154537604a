"""Battery Level, characteristic 0x2A19 (Bluetooth SIG, Battery Service 1.1, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLevel:
    """Charge of the battery in percent, 0 to 100."""

    percent: int


def decode_battery(data: bytes) -> BatteryLevel:
    """Decode a value of 0x2A19.

    Raises
    ------
    PacketError
        If it is not one byte, or above 100 (reserved by the specification).
    """
    if len(data) != 1 or data[0] > 100:
        raise PacketError(f"battery level: must be one byte from 0 to 100, is {quote(data)}")
    return BatteryLevel(percent=data[0])


def encode_battery(packet: BatteryLevel) -> bytes:
    """Encode ``packet``; `PacketError` if it is not from 0 to 100."""
    if not 0 <= packet.percent <= 100:
        raise PacketError(f"battery level: must be 0 to 100, is {packet.percent}")
    return bytes([packet.percent])
