"""Delta compression of PMD frames: a reference sample, then blocks of differences packed bit by bit.

A body is one sample of all channels, each in whole bytes, then blocks of: width of a difference in bits (u8), number of
samples (u8), the differences of all channels in turn as signed integers of that width, least significant bit first. Bits that
are left over in a block's last byte mean nothing. Source: Polar online measurement specification 1.0 (August 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_ints, quote, require, unpack_ints

WIDEST_BITS = 32
BLOCK_SAMPLES = 255

Sample = tuple[int, ...]


def unpack_deltas(body: bytes, channels: int, bits: int, what: str) -> tuple[Sample, ...]:
    """All samples of ``body``, oldest first, the reference sample among them.

    Raises
    ------
    PacketError
        If a block is cut short or its differences are wider than 32 bits.
    """
    size = -(-bits // 8)
    start = channels * size
    require(body, start, what)
    samples: list[Sample] = [unpack_ints(body[:start], size, what)]
    while start < len(body):
        require(body, start + 2, what)
        width, count = body[start], body[start + 1]
        if width > WIDEST_BITS:
            raise PacketError(f"{what}: differences of {width} bits, at most {WIDEST_BITS} ({quote(body)})")
        end = start + 2 + -(-count * width * channels // 8)
        require(body, end, what)
        for delta in _differences(body[start + 2 : end], width, count * channels, channels):
            samples.append(tuple(a + b for a, b in zip(samples[-1], delta, strict=True)))
        start = end
    return tuple(samples)


def _differences(packed: bytes, width: int, count: int, channels: int) -> list[Sample]:
    stream, mask, sign = int.from_bytes(packed, "little"), (1 << width) - 1, 1 << width >> 1
    flat = [((stream >> at * width & mask) ^ sign) - sign for at in range(count)]
    return [tuple(flat[at : at + channels]) for at in range(0, count, channels)]


def pack_deltas(samples: Sequence[Sample], bits: int, what: str) -> bytes:
    """``samples`` in the narrowest blocks of up to 255.

    Raises
    ------
    PacketError
        If there is no sample, they differ in their number of channels, the first does not fit, or a difference needs more
        than 32 bits.
    """
    if not samples or len({len(sample) for sample in samples}) != 1:
        raise PacketError(f"{what}: at least one sample is needed, all with the same number of channels")
    deltas = [[b - a for a, b in zip(old, new, strict=True)] for old, new in pairwise(samples)]
    blocks = [deltas[at : at + BLOCK_SAMPLES] for at in range(0, len(deltas), BLOCK_SAMPLES)]
    return pack_ints(samples[0], -(-bits // 8), what) + b"".join(_block(block, what) for block in blocks)


def _block(deltas: Sequence[Sequence[int]], what: str) -> bytes:
    flat = [value for delta in deltas for value in delta]
    width = max((value if value >= 0 else ~value).bit_length() + 1 for value in flat)
    if width > WIDEST_BITS:
        raise PacketError(f"{what}: a difference needs {width} bits, at most {WIDEST_BITS} are possible")
    mask, stream = (1 << width) - 1, 0
    for at, value in enumerate(flat):
        stream |= (value & mask) << at * width
    return bytes([width, len(deltas)]) + stream.to_bytes(-(-len(flat) * width // 8), "little")
