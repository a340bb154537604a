"""Packets in the order in which they were sent: one that overtook another waits for it a little, copies are left out.

Bluetooth's own link keeps the order and BlueZ was never seen to break it: what overtakes comes from gateways and relays
(docs/decisions/097). Where packets are numbered, the numbers tell the order, else the device's time. Nothing waits while packets
come in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge_emotion.sources.ble.packet import Packet
from edge_emotion.types import NS_PER_S

PACKETS = 3
WAIT_NS = NS_PER_S
"""A hole is given up when so many packets wait behind it, or one of them has waited for so long: two frames of a Polar H10."""

FARTHEST = 8
"""A hole of more packets is a loss or a jump, and is not waited for."""

LATEST = 64
"""A number that steps back by at most so many packets is a late packet; by more, a sensor that began to count anew."""

OFF = 0.25
"""A time fits a hole if it is whole packets away from its beginning, but for this share of one: a Polar H10's rate is off by up
to 1 %, a Movesense stamps 80 ms in whole milliseconds."""

SEQUENCES = 1 << 16
RECENT = 16


@dataclass(slots=True)
class _Hole:
    """Room of so many packets that did not come in time, from ``start`` on the ruler on; fewer once some have come late."""

    start: int
    room: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """A packet, where it begins on the ruler, and its length there."""

    start: int
    length: int
    packet: Packet


class InOrder:
    """Hands packets on one after the other.

    The ruler on which they lie is their number, or the device's time where they have none.

    Parameters
    ----------
    place
        Takes the next packet; gives the device's time up to which there are samples now.
    """

    def __init__(self, place: Callable[[Packet], int]) -> None:
        self._place = place
        self._end: int | None = None
        self._waiting: list[_Laid] = []
        self._holes: deque[_Hole] = deque(maxlen=RECENT)
        self._recent: deque[tuple[object, ...]] = deque(maxlen=RECENT)

    def add(self, packet: Packet) -> None:
        """Hand on all whose turn has come with ``packet``, which has samples."""
        if packet.content in self._recent:
            return
        self._recent.append(packet.content)
        laid = self._lay(packet)
        ahead = self._ahead(laid)
        if ahead < 0 and self._is_late(laid, ahead):
            return
        if abs(ahead) > FARTHEST or (packet.clock_restarted and ahead < 0):
            self.release()
        if 0 <= ahead <= FARTHEST:
            self._waiting.append(laid)
            self._waiting.sort(key=lambda waits: waits.start)
        else:
            self._hand_on(laid)
        self.expire(packet.arrival_ns)

    def expire(self, now_ns: int) -> None:
        """Hand on what need not wait any longer at this host time."""
        while self._waiting and (self._ahead(self._waiting[0]) <= 0 or self._is_over(now_ns)):
            self._hand_on(self._waiting.pop(0))

    def release(self) -> None:
        """Hand on all that waits."""
        while self._waiting:
            self._hand_on(self._waiting.pop(0))

    def begin(self) -> None:
        """Hand on all that waits; whatever comes next is the first of a new connection."""
        self.release()
        self._end = None

    def _lay(self, packet: Packet) -> _Laid:
        if packet.sequence is None:
            span_ns = packet.span_ns
            return _Laid(start=packet.last_sample_ns - span_ns, length=span_ns, packet=packet)
        half, end = SEQUENCES // 2, self._end
        start = packet.sequence if end is None else end + (packet.sequence - end + half) % SEQUENCES - half
        return _Laid(start=start, length=1, packet=packet)

    def _ahead(self, laid: _Laid) -> int:
        """How many packets are missing before this one; negative if it is older than what was handed on."""
        return 0 if self._end is None else round((laid.start - self._end) / laid.length)

    def _is_over(self, now_ns: int) -> bool:
        oldest_ns = min(waits.packet.arrival_ns for waits in self._waiting)
        return len(self._waiting) >= PACKETS or now_ns - oldest_ns >= WAIT_NS

    def _is_late(self, laid: _Laid, ahead: int) -> bool:
        """Whether a packet from the past was missing there. If not, the device's time or its count stepped back."""
        if laid.packet.sequence is not None and not laid.packet.clock_restarted:
            return ahead >= -LATEST
        for hole in self._holes:
            place = (laid.start - hole.start) / laid.length
            if hole.missing and abs(place - round(place)) <= OFF and 0 <= round(place) < hole.room:
                hole.missing -= 1
                return True
        return False

    def _hand_on(self, laid: _Laid) -> None:
        """Place a packet, and remember the hole before it."""
        known, ahead = self._end, self._ahead(laid)
        if ahead > 0:
            self._remember(laid, min(ahead, FARTHEST))
        end_ns = self._place(laid.packet)
        self._end = end_ns if laid.packet.sequence is None else laid.start + 1
        if known is None or self._end < known:  # the first of all may have overtaken, too
            self._remember(laid, PACKETS)

    def _remember(self, laid: _Laid, room: int) -> None:
        self._holes.append(_Hole(laid.start - room * laid.length, room, room))
