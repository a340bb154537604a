"""A plain heart rate belt: heart rate with RR intervals once a second, battery, device information."""

from __future__ import annotations

from collections.abc import Sequence

from bumble.gatt import Characteristic, Service

from edge_emotion.simulation.radio.peripheral import NOTIFY, READ, READABLE, VirtualPeripheral
from edge_emotion.simulation.radio.world import World
from edge_emotion_bridge import BatteryLevel, HeartRate, encode_battery, encode_heart_rate, encode_text
from edge_emotion_bridge.heart_rate import RR_UNITS_PER_S
from edge_emotion_bridge.uuids import HEART_RATE_SERVICE

BATTERY_PERCENT = 87


class VirtualHeartRateBelt(VirtualPeripheral):
    """Tells the beats of the world's signals.

    Parameters
    ----------
    more_services
        For straps that can do more.

    Attributes
    ----------
    contact
        What it says of skin contact; ``None``, as a Polar H10 does: nothing.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str = "HR Belt SIM01",
        address: str = "C0:00:00:00:00:11",
        manufacturer: str = "Edge-emotion",
        model: str = "Belt",
        more_services: Sequence[Service] = (),
    ) -> None:
        self.world = world
        self.contact: bool | None = None
        self._heart_rate = Characteristic("2A37", NOTIFY, READABLE, b"")
        battery = encode_battery(BatteryLevel(percent=BATTERY_PERCENT))
        services = [
            Service("180D", [self._heart_rate]),
            Service("180F", [Characteristic("2A19", READ | NOTIFY, READABLE, battery)]),
            Service(
                "180A",
                [
                    Characteristic("2A29", READ, READABLE, encode_text(manufacturer)),
                    Characteristic("2A24", READ, READABLE, encode_text(model)),
                    Characteristic("2A25", READ, READABLE, encode_text(name.rpartition(" ")[2])),
                ],
            ),
            *more_services,
        ]
        super().__init__(name=name, address=address, services=services, advertised=[HEART_RATE_SERVICE[4:8]])

    def on_connected(self) -> None:
        """Begin to tell beats; the interval that ends with the first one is not known."""
        self._told_s = self.world.elapsed_s
        self._last_beat_s: float | None = None
        self._rate_bpm = 0
        self.spawn(self.world.pace(lambda: self._told_s + 1, self._tell))

    async def _tell(self) -> None:
        start_s, self._told_s = self._told_s, self._told_s + 1
        intervals = []
        for beat_s in self.world.signals.beat_times_s(start_s, self._told_s):
            if self._last_beat_s is not None:
                intervals.append(round((beat_s - self._last_beat_s) * RR_UNITS_PER_S))
            self._last_beat_s = float(beat_s)
        if intervals:
            self._rate_bpm = round(60 * RR_UNITS_PER_S * len(intervals) / sum(intervals))
        packet = HeartRate(rate_bpm=self._rate_bpm, contact=self.contact, rr_1024=tuple(intervals))
        await self.notify(self._heart_rate, encode_heart_rate(packet))
