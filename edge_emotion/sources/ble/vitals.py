"""What every sensor may tell beside its signal: heart rate, skin contact, battery. None of it is needed."""

from __future__ import annotations

from collections.abc import Callable

from edge_emotion.errors import DeviceError
from edge_emotion.sources import SensorEventKind
from edge_emotion.sources.ble.link import Link
from edge_emotion.sources.live.reporter import Reporter
from edge_emotion_bridge import HeartRate, PacketError, decode_battery, decode_heart_rate
from edge_emotion_bridge.uuids import BATTERY_LEVEL, HEART_RATE_MEASUREMENT


class Vitals:
    """Subscribes to the standard characteristics.

    Parameters
    ----------
    report
        Takes the events.
    on_beats
        Takes every heart rate packet, for a sensor whose signal it is.
    """

    def __init__(self, report: Reporter, on_beats: Callable[[HeartRate], None] | None = None) -> None:
        self._report = report
        self._on_beats = on_beats

    async def subscribe(self, link: Link) -> None:
        """Subscribe to heart rate and battery where the sensor has them."""
        if link.notifies(HEART_RATE_MEASUREMENT):
            await link.subscribe(HEART_RATE_MEASUREMENT, self._heart_rate)
        if link.has(BATTERY_LEVEL):
            try:
                self._battery(await link.read(BATTERY_LEVEL))
                if link.notifies(BATTERY_LEVEL):
                    await link.subscribe(BATTERY_LEVEL, self._battery)
            except DeviceError:
                return  # BlueZ may keep the battery for itself

    def _heart_rate(self, data: bytes) -> None:
        try:
            packet = decode_heart_rate(data)
        except PacketError as error:
            self._report.bad_packet(error)
            return
        self._report.contact(packet.contact)
        self._report.event(SensorEventKind.HEART_RATE, packet.rate_bpm)
        if self._on_beats is not None:
            self._on_beats(packet)

    def _battery(self, data: bytes) -> None:
        try:
            self._report.event(SensorEventKind.BATTERY, decode_battery(data).percent)
        except PacketError as error:
            self._report.bad_packet(error)
