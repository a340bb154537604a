"""Reading and writing of little-endian integers with one kind of error."""

from __future__ import annotations

from collections.abc import Iterable

from edge_emotion_bridge.errors import PacketError

QUOTED_BYTES = 32

INT24_MIN = -(1 << 23)


def quote(data: bytes) -> str:
    """``data`` as hexadecimal for a message, cut after 32 bytes."""
    tail = "..." if len(data) > QUOTED_BYTES else ""
    return f"{data[:QUOTED_BYTES].hex() or 'no bytes'}{tail}"


def require(data: bytes, length: int, what: str) -> None:
    """Raise `PacketError` if ``data`` is shorter than ``length`` bytes."""
    if len(data) < length:
        raise PacketError(f"{what}: {len(data)} bytes, needs at least {length} ({quote(data)})")


def uint(data: bytes, start: int, size: int) -> int:
    """The unsigned integer of ``size`` bytes at ``start``; the caller has checked the length."""
    return int.from_bytes(data[start : start + size], "little")


def pack_uint(value: int, size: int, what: str) -> bytes:
    """``value`` as ``size`` bytes, or `PacketError` if it does not fit."""
    if not 0 <= value < 1 << 8 * size:
        raise PacketError(f"{what}: {value} does not fit into {8 * size} unsigned bits")
    return value.to_bytes(size, "little")


def unpack_ints(data: bytes, size: int, what: str) -> tuple[int, ...]:
    """All of ``data`` as signed integers of ``size`` bytes each, at least one."""
    if not data or len(data) % size:
        raise PacketError(
            f"{what}: {len(data)} sample bytes, must be a positive multiple of {size} ({quote(data)})"
        )
    return tuple(
        int.from_bytes(data[at : at + size], "little", signed=True) for at in range(0, len(data), size)
    )


def pack_ints(values: Iterable[int], size: int, what: str) -> bytes:
    """Signed integers of ``size`` bytes each, or `PacketError` if one does not fit or there is none."""
    try:
        packed = b"".join(value.to_bytes(size, "little", signed=True) for value in values)
    except OverflowError:
        raise PacketError(f"{what}: a value does not fit into {8 * size} signed bits") from None
    if not packed:
        raise PacketError(f"{what}: at least one value is needed")
    return packed
