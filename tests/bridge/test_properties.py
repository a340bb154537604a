"""Any packet survives the wire, and no bytes give anything but a packet or a PacketError."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_emotion_bridge import PacketError

EXAMPLES = 50


def refused_or_kept(codec: Any, data: bytes) -> bool:
    """Whether the bytes are refused, or give a packet that encodes and decodes to itself again."""
    try:
        packet = codec.decode(data)
    except PacketError:
        return True
    return bool(codec.decode(codec.encode(packet)) == packet)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_round_trip(codec: Any, data: st.DataObject) -> None:
    packet = data.draw(codec.packets)
    assert codec.decode(codec.encode(packet)) == packet


@settings(max_examples=EXAMPLES, deadline=None)
@given(noise=st.binary(max_size=260))
def test_random_bytes(codec: Any, noise: bytes) -> None:
    assert refused_or_kept(codec, noise)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_mutated_bytes(codec: Any, data: st.DataObject) -> None:
    wire = bytearray(codec.encode(data.draw(codec.packets)))
    for _ in range(data.draw(st.integers(1, 4))):
        if wire:
            wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    assert refused_or_kept(codec, bytes(wire[: data.draw(st.integers(0, len(wire)))]))
    assert refused_or_kept(codec, bytes(wire))
