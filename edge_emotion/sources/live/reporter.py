"""Events of one sensor."""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge_emotion.clock import Clock
from edge_emotion.sources import SensorEvent, SensorEventKind, SourceItem
from edge_emotion_bridge import PacketError

IMPEDANCE_CHANGE = 0.2

log = logging.getLogger(__name__)


class Reporter:
    """Puts out what a sensor does, under its name.

    Attributes
    ----------
    sensor
        The name in events and messages: what was asked for, then what was found.
    """

    def __init__(self, sensor: str, clock: Clock, put: Callable[[SourceItem], None]) -> None:
        self.sensor = sensor
        self._clock = clock
        self._put = put
        self._bad_packets = 0
        self._contact: bool | None = None
        self._impedance_ohm: float | None = None

    def event(self, kind: SensorEventKind, value: float | None = None) -> None:
        """Something happened now."""
        self._put(SensorEvent(time_ns=self._clock.monotonic_ns(), sensor=self.sensor, kind=kind, value=value))

    def contact(self, contact: bool | None) -> None:
        """The sensor says whether it touches skin (``None``: it cannot tell); only changes are events."""
        if contact is None or contact is self._contact:
            return
        self._contact = contact
        self.event(SensorEventKind.CONTACT if contact else SensorEventKind.CONTACT_LOST)

    def impedance(self, impedance_ohm: float | None) -> None:
        """The sensor says how well its electrodes touch (``None``: not this time); changes by a fifth are events."""
        if impedance_ohm is None:
            return
        known = self._impedance_ohm
        if known is None or abs(impedance_ohm - known) > IMPEDANCE_CHANGE * known:
            self._impedance_ohm = impedance_ohm
            self.event(SensorEventKind.IMPEDANCE, impedance_ohm)

    def bad_packet(self, error: PacketError) -> None:
        """A packet was refused; the stream goes on."""
        self._bad_packets += 1
        log.debug("%s: %s", self.sensor, error)
        self.event(SensorEventKind.BAD_PACKET, self._bad_packets)
