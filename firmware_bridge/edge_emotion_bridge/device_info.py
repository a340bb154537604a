"""Device Information, service 0x180A (Bluetooth SIG, Device Information Service 1.1): strings and the system id."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_uint, quote, uint


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """What a sensor says about itself; ``None`` where it has no such characteristic."""

    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    hardware: str | None = None
    software: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemId:
    """Characteristic 0x2A23: 40 bits of the manufacturer's own numbering and its 24-bit OUI."""

    manufacturer_id: int
    oui: int


def decode_text(data: bytes) -> str:
    """Decode one of the string characteristics.

    Zero bytes at the end, which several straps send, are not part of the text.

    Raises
    ------
    PacketError
        If the bytes are no UTF-8.
    """
    try:
        return data.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        raise PacketError(f"device information: must be UTF-8, is {quote(data)}") from None


def encode_text(text: str) -> bytes:
    """Encode one of the string characteristics; `PacketError` if ``text`` has unpaired surrogates."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise PacketError(f"device information: {text!r} cannot be written as UTF-8") from None


def decode_system_id(data: bytes) -> SystemId:
    """Decode 0x2A23; `PacketError` if it is not 8 bytes."""
    if len(data) != 8:
        raise PacketError(f"system id: must be 8 bytes, is {quote(data)}")
    return SystemId(manufacturer_id=uint(data, 0, 5), oui=uint(data, 5, 3))


def encode_system_id(packet: SystemId) -> bytes:
    """Encode 0x2A23; `PacketError` if a field does not fit."""
    return pack_uint(packet.manufacturer_id, 5, "system id") + pack_uint(packet.oui, 3, "system id")
