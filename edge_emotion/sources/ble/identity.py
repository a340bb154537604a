"""One sensor, not one of its kind: whom the source has begun with it goes on with.

"First found" is a fine way to begin; after a lost link the first found may be the strap of the next person in the room.
"""

from __future__ import annotations

from edge_emotion.errors import DeviceError, DeviceReason
from edge_emotion.sources.ble.link import Link
from edge_emotion_bridge import PacketError, decode_text
from edge_emotion_bridge.uuids import SERIAL_NUMBER


class Identity:
    """Pins a sensor by its serial number; by its address where it tells none.

    Parameters
    ----------
    serial
        The serial number that is wanted; ``None`` for that of the first sensor.

    Attributes
    ----------
    others
        Addresses of sensors that were found to be somebody else's.
    """

    def __init__(self, serial: str | None) -> None:
        self.others: set[str] = set()
        self._serial = serial
        self._address: str | None = None

    async def require(self, link: Link, address: str) -> None:
        """See that the connected sensor is the one.

        Raises
        ------
        DeviceError
            If it is another one, which is then in `others`; or the link is lost.
        """
        if address == self._address:
            return
        serial = await _serial_of(link)
        first = self._address is None and self._serial is None
        if not first and (serial is None or serial != self._serial):
            self.others.add(address)
            raise DeviceError(
                DeviceReason.OTHER_SENSOR,
                f"{link.sensor} has the serial number {serial or 'unknown'}, wanted is "
                f"{self._serial or f'the sensor at {self._address}'}: bring that one closer or name another",
            )
        self._serial, self._address = serial, address


async def _serial_of(link: Link) -> str | None:
    if not link.has(SERIAL_NUMBER):
        return None
    try:
        return decode_text(await link.read(SERIAL_NUMBER)) or None
    except PacketError:
        return None
