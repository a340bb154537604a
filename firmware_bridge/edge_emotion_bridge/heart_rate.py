"""Heart Rate Measurement, characteristic 0x2A37 (Bluetooth SIG, Heart Rate Service 1.0, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_uint, require, uint

WHAT = "heart rate measurement"

FLAG_RATE_16_BITS = 0x01
FLAG_CONTACT_DETECTED = 0x02
FLAG_CONTACT_SUPPORTED = 0x04
FLAG_ENERGY = 0x08
FLAG_RR = 0x10

RR_UNITS_PER_S = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartRate:
    """One heart rate notification. It carries no time: only its arrival is known.

    Parameters
    ----------
    rate_bpm
        Heart rate as the sensor averages it, 0 to 65535.
    contact
        Whether the sensor feels skin; ``None`` if it cannot tell (a Polar H10 never does).
    energy_kj
        Energy expended since its last reset; ``None`` if not in this notification.
    rr_1024
        Intervals between beats in units of 1/1024 s, oldest first, as they stand on the wire.
    """

    rate_bpm: int
    contact: bool | None = None
    energy_kj: int | None = None
    rr_1024: tuple[int, ...] = ()

    @property
    def rr_ms(self) -> tuple[float, ...]:
        """The intervals in milliseconds."""
        return tuple(1000 * rr / RR_UNITS_PER_S for rr in self.rr_1024)


def decode_heart_rate(data: bytes) -> HeartRate:
    """Decode a notification of 0x2A37.

    Reserved flag bits and bytes behind the known fields are ignored, as the specification asks of a client.

    Raises
    ------
    PacketError
        If the bytes end before the fields that the flags announce, or in the middle of an interval.
    """
    require(data, 2, WHAT)
    flags = data[0]
    size = 2 if flags & FLAG_RATE_16_BITS else 1
    rr_start = 1 + size + (2 if flags & FLAG_ENERGY else 0)
    require(data, rr_start, WHAT)
    contact = bool(flags & FLAG_CONTACT_DETECTED) if flags & FLAG_CONTACT_SUPPORTED else None
    energy_kj = uint(data, 1 + size, 2) if flags & FLAG_ENERGY else None
    rr_1024: tuple[int, ...] = ()
    if flags & FLAG_RR:
        if (len(data) - rr_start) % 2:
            raise PacketError(f"{WHAT}: {len(data) - rr_start} bytes of RR intervals, must be even")
        rr_1024 = tuple(uint(data, at, 2) for at in range(rr_start, len(data), 2))
    return HeartRate(rate_bpm=uint(data, 1, size), contact=contact, energy_kj=energy_kj, rr_1024=rr_1024)


def encode_heart_rate(packet: HeartRate) -> bytes:
    """Encode ``packet`` in its shortest form.

    Raises
    ------
    PacketError
        If a field does not fit into 16 bits.
    """
    flags = 0
    if packet.rate_bpm > 0xFF:
        flags |= FLAG_RATE_16_BITS
    if packet.contact is not None:
        flags |= FLAG_CONTACT_SUPPORTED | (FLAG_CONTACT_DETECTED if packet.contact else 0)
    if packet.energy_kj is not None:
        flags |= FLAG_ENERGY
    if packet.rr_1024:
        flags |= FLAG_RR
    parts = [bytes([flags]), pack_uint(packet.rate_bpm, 2 if flags & FLAG_RATE_16_BITS else 1, WHAT)]
    if packet.energy_kj is not None:
        parts.append(pack_uint(packet.energy_kj, 2, WHAT))
    parts += [pack_uint(rr, 2, WHAT) for rr in packet.rr_1024]
    return b"".join(parts)
