"""The combined frame of the open EDA profile, version 1: skin conductance and ECG of one device, on one clock (PROFILE.md, 5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.open_eda import MISSING, TENTH_NS_PER_US, VERSION
from edge_emotion_bridge.wire import pack_ints, pack_uint, require, uint, unpack_ints

WHAT = "EDA and ECG packet"
HEADER_LENGTH = 13
TENTH_UV_PER_MV = 10_000
MOST_EDA = 255

FLAG_EDA_CONTACT = 0x01
FLAG_ECG_CONTACT = 0x02
FLAG_SATURATED = 0x04
FLAG_CLOCK_RESTARTED = 0x08


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaEcgPacket:
    """One notification of the combined characteristic.

    Parameters
    ----------
    sequence
        Counts packets, 16 bits, wraps.
    first_sample_ms
        Device time of the first sample of both signals, 32 bits, wraps after 49.7 days.
    eda_rate_tenth_hz, ecg_rate_tenth_hz
        Sampling rates in 0.1 Hz, at least 1.
    conductance_tenth_ns
        Skin conductance in 0.1 nS, oldest first, at most 255; none where this packet spans no sample of it.
    ecg_tenth_uv
        ECG in 0.1 uV, oldest first, at least one. ``None`` in both where there is no valid sample.
    eda_contact, ecg_contact
        Whether the electrodes of each touch skin.
    """

    sequence: int
    first_sample_ms: int
    eda_rate_tenth_hz: int
    ecg_rate_tenth_hz: int
    conductance_tenth_ns: tuple[int | None, ...]
    ecg_tenth_uv: tuple[int | None, ...]
    eda_contact: bool = True
    ecg_contact: bool = True
    saturated: bool = False
    clock_restarted: bool = False

    @property
    def conductance_us(self) -> tuple[float, ...]:
        """Skin conductance in microsiemens; nan where there is no valid sample."""
        return tuple(math.nan if v is None else v / TENTH_NS_PER_US for v in self.conductance_tenth_ns)

    @property
    def ecg_mv(self) -> tuple[float, ...]:
        """ECG in millivolts; nan where there is no valid sample."""
        return tuple(math.nan if v is None else v / TENTH_UV_PER_MV for v in self.ecg_tenth_uv)


def decode_eda_ecg_packet(data: bytes) -> EdaEcgPacket:
    """Decode a notification of the combined characteristic; reserved flag bits are ignored.

    Raises
    ------
    PacketError
        If the version is unknown, a rate is zero, or samples are cut short or absent.
    """
    require(data, HEADER_LENGTH, WHAT)
    if data[0] != VERSION:
        raise PacketError(
            f"{WHAT}: version {data[0]}, this decoder knows version {VERSION}: update edge-emotion"
        )
    rates = uint(data, 8, 2), uint(data, 10, 2)
    if 0 in rates:
        raise PacketError(f"{WHAT}: the sampling rates must not be 0")
    ecg_at = HEADER_LENGTH + 3 * data[12]
    require(data, ecg_at, WHAT)
    conductance = unpack_ints(data[HEADER_LENGTH:ecg_at], 3, WHAT) if data[12] else ()
    return EdaEcgPacket(
        sequence=uint(data, 2, 2),
        first_sample_ms=uint(data, 4, 4),
        eda_rate_tenth_hz=rates[0],
        ecg_rate_tenth_hz=rates[1],
        conductance_tenth_ns=_valid(conductance),
        ecg_tenth_uv=_valid(unpack_ints(data[ecg_at:], 3, WHAT)),
        eda_contact=bool(data[1] & FLAG_EDA_CONTACT),
        ecg_contact=bool(data[1] & FLAG_ECG_CONTACT),
        saturated=bool(data[1] & FLAG_SATURATED),
        clock_restarted=bool(data[1] & FLAG_CLOCK_RESTARTED),
    )


def encode_eda_ecg_packet(packet: EdaEcgPacket) -> bytes:
    """Encode ``packet``.

    Raises
    ------
    PacketError
        If a field does not fit, a rate is zero, there is no ECG, or a sample is the value kept for "missing".
    """
    samples = (*packet.conductance_tenth_ns, *packet.ecg_tenth_uv)
    if 0 in (packet.eda_rate_tenth_hz, packet.ecg_rate_tenth_hz) or MISSING in samples:
        raise PacketError(f"{WHAT}: no rate may be 0 nor a sample {MISSING}, which means missing")
    if not packet.ecg_tenth_uv:
        raise PacketError(f"{WHAT}: at least one sample of ECG is needed")
    flags = FLAG_EDA_CONTACT if packet.eda_contact else 0
    flags |= FLAG_ECG_CONTACT if packet.ecg_contact else 0
    flags |= FLAG_SATURATED if packet.saturated else 0
    flags |= FLAG_CLOCK_RESTARTED if packet.clock_restarted else 0
    return b"".join(
        (
            bytes([VERSION, flags]),
            pack_uint(packet.sequence, 2, WHAT),
            pack_uint(packet.first_sample_ms, 4, WHAT),
            pack_uint(packet.eda_rate_tenth_hz, 2, WHAT),
            pack_uint(packet.ecg_rate_tenth_hz, 2, WHAT),
            pack_uint(len(packet.conductance_tenth_ns), 1, WHAT),
            pack_ints((MISSING if v is None else v for v in samples), 3, WHAT),
        )
    )


def _valid(values: tuple[int, ...]) -> tuple[int | None, ...]:
    return tuple(None if v == MISSING else v for v in values)
