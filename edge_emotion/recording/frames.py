"""The log's frames: bytes on disk that tell by themselves whether they are whole.

A frame is, little-endian: mark (4 bytes), kind (u8), sequence (u32), length of the payload (u32), time in ns (i64), payload,
CRC-32 of all before it (u32). Sequence numbers rise by one through a whole session, over its files: what is missing between two
good frames can be counted. Whoever meets damage looks for the next mark that begins a whole frame.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MARK = b"\xeeEL\x01"
_HEAD = struct.Struct("<4sBIIq")
_CRC = struct.Struct("<I")
OVERHEAD_BYTES = _HEAD.size + _CRC.size
LONGEST_PAYLOAD_BYTES = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One whole frame: its checksum was right."""

    kind: int
    sequence: int
    time_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Bytes that belong to no whole frame.

    Parameters
    ----------
    offset, length
        Where in the file, in bytes.
    at_end
        Whether no whole frame follows in this file: a torn tail, or a damaged last frame.
    """

    offset: int
    length: int
    at_end: bool


def pack(frame: Frame) -> bytes:
    """A frame's bytes.

    Raises
    ------
    ValueError
        If the payload is longer than 16 MiB.
    """
    length = len(frame.payload)
    if length > LONGEST_PAYLOAD_BYTES:
        raise ValueError(f"payload of {length} bytes; allowed: up to {LONGEST_PAYLOAD_BYTES}")
    head = _HEAD.pack(MARK, frame.kind, frame.sequence & 0xFFFFFFFF, length, frame.time_ns)
    body = head + frame.payload
    return body + _CRC.pack(zlib.crc32(body))


def scan(data: bytes) -> Iterator[Frame | Damage]:
    """All whole frames of a file, and what lies between them."""
    at = damaged_from = 0
    while at < len(data):
        frame = _frame_at(data, at)
        if frame is None:
            found = data.find(MARK, at + 1)
            at = len(data) if found < 0 else found
            continue
        if damaged_from < at:
            yield Damage(offset=damaged_from, length=at - damaged_from, at_end=False)
        yield frame
        at += OVERHEAD_BYTES + len(frame.payload)
        damaged_from = at
    if damaged_from < len(data):
        yield Damage(offset=damaged_from, length=len(data) - damaged_from, at_end=True)


def _frame_at(data: bytes, at: int) -> Frame | None:
    if at + OVERHEAD_BYTES > len(data):
        return None
    mark, kind, sequence, length, time_ns = _HEAD.unpack_from(data, at)
    end = at + _HEAD.size + length
    if mark != MARK or length > LONGEST_PAYLOAD_BYTES or end + _CRC.size > len(data):
        return None
    if _CRC.unpack_from(data, end)[0] != zlib.crc32(memoryview(data)[at:end]):
        return None
    return Frame(kind=kind, sequence=sequence, time_ns=time_ns, payload=data[at + _HEAD.size : end])
