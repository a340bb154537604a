from __future__ import annotations

import random
from bisect import bisect_right
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_emotion.recording.frames import (
    LONGEST_PAYLOAD_BYTES,
    MARK,
    OVERHEAD_BYTES,
    Damage,
    Frame,
    pack,
    scan,
)

FRAMES = st.lists(
    st.builds(
        Frame,
        kind=st.integers(0, 255),
        sequence=st.integers(0, 2**32 - 1),
        time_ns=st.integers(-(2**63), 2**63 - 1),
        payload=st.binary(max_size=60) | st.just(MARK * 3),
    ),
    min_size=1,
    max_size=8,
)


def packed(frames: list[Frame]) -> bytes:
    return b"".join(map(pack, frames))


def whole(data: bytes) -> list[Frame]:
    return [part for part in scan(data) if isinstance(part, Frame)]


@given(FRAMES)
def test_what_is_packed_comes_back(frames: list[Frame]):
    assert list(scan(packed(frames))) == frames


@given(FRAMES, st.data())
def test_a_flipped_bit_costs_its_own_frame_and_no_other(frames: list[Frame], data: st.DataObject):
    content = bytearray(packed(frames))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    ends = list(accumulate(OVERHEAD_BYTES + len(frame.payload) for frame in frames))
    hit = bisect_right(ends, at)
    assert whole(bytes(content)) == frames[:hit] + frames[hit + 1 :]


@given(FRAMES, st.data())
def test_a_torn_tail_costs_the_torn_frame(frames: list[Frame], data: st.DataObject):
    content = packed(frames)
    cut = data.draw(st.integers(0, len(content)))
    parts = list(scan(content[:cut]))
    kept = [p for p in parts if isinstance(p, Frame)]
    assert kept == frames[: len(kept)]
    whole_bytes = len(packed(kept))
    assert cut - whole_bytes < OVERHEAD_BYTES + 61
    if whole_bytes < cut:
        assert parts[-1] == Damage(offset=whole_bytes, length=cut - whole_bytes, at_end=True)


@given(FRAMES, FRAMES, st.binary(min_size=1, max_size=50))
def test_strange_bytes_between_are_told_with_their_place(before, after, strange: bytes):
    parts = list(scan(packed(before) + strange + packed(after)))
    place = Damage(offset=len(packed(before)), length=len(strange), at_end=False)
    assert parts == [*before, place, *after]


@given(st.binary(max_size=300))
def test_nothing_but_strange_bytes_gives_no_frame(content: bytes):
    assert whole(content) == []


def test_a_thousand_flips_lose_a_thousand_records_and_none_is_wrong():
    chance = random.Random(0)
    frames = [Frame(kind=3, sequence=n, time_ns=n, payload=chance.randbytes(200)) for n in range(50)]
    content, written = packed(frames), set(frames)
    for _ in range(1000):
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        back = whole(bytes(flipped))
        assert len(back) == 49
        assert written.issuperset(back)


def test_a_payload_that_no_reader_would_take_is_refused():
    with pytest.raises(ValueError, match="allowed: up to"):
        pack(Frame(kind=1, sequence=0, time_ns=0, payload=bytes(LONGEST_PAYLOAD_BYTES + 1)))
