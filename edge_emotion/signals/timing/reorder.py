"""A small waiting room for packets that overtook another one."""

from __future__ import annotations

import numpy as np

from edge_emotion.types import NS_PER_S, Samples

PACKETS = 4
SPAN_S = 10.0
"""A packet that leaves a hole before it waits until the hole is filled, `PACKETS` wait, or the newest starts this long after the
hole. Then the hole is a gap, and what would have filled it comes too late. (A source that knows better says so with a `Gap`.)"""


class WaitingRoom:
    """Packets that came before their turn, in order of time."""

    __slots__ = ("_packets",)

    def __init__(self) -> None:
        self._packets: list[Samples] = []

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def first(self) -> Samples:
        return self._packets[0]

    def add(self, packet: Samples) -> bool:
        """Let a packet wait; ``False`` if its copy waits already, which would only fill the room."""
        if any(
            p.time_ns == packet.time_ns and np.array_equal(p.values, packet.values, equal_nan=True)
            for p in self._packets
        ):
            return False
        self._packets.append(packet)
        self._packets.sort(key=_stamp)
        return True

    def pop(self) -> Samples:
        return self._packets.pop(0)

    def is_over(self, hole_ns: int) -> bool:
        """Whether the hole that begins at ``hole_ns`` has been waited for long enough."""
        return len(self._packets) >= PACKETS or self._packets[-1].time_ns - hole_ns > SPAN_S * NS_PER_S


def _stamp(packet: Samples) -> int:
    return packet.time_ns
