"""The open EDA profile, version 1: this project's GATT service for skin conductance (PROFILE.md is its specification)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from edge_emotion_bridge.device_info import decode_text, encode_text
from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import INT24_MIN, pack_ints, pack_uint, quote, require, uint, unpack_ints

VERSION = 1
HEADER_LENGTH = 10
MISSING = INT24_MIN
TENTH_NS_PER_US = 10_000

FLAG_CONTACT_SUPPORTED = 0x01
FLAG_CONTACT = 0x02
FLAG_SATURATED = 0x04
FLAG_CLOCK_RESTARTED = 0x08
FLAG_IMPEDANCE = 0x10

IMPEDANCE_LENGTH = 2
OHM_PER_UNIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaPacket:
    """One notification of the data characteristic.

    Parameters
    ----------
    sequence
        Counts packets, 16 bits, wraps.
    first_sample_ms
        Device time of the first sample, 32 bits, wraps after 49.7 days.
    rate_tenth_hz
        Sampling rate in 0.1 Hz, at least 1.
    conductance_tenth_ns
        Skin conductance in 0.1 nS, oldest first, at least one; ``None`` where the sensor has no valid sample.
    contact
        Whether the electrodes touch skin; ``None`` if the sensor cannot tell.
    saturated
        Whether a sample of this packet reached the end of the range.
    clock_restarted
        Whether the device's clock began anew since the last packet.
    impedance_100_ohm
        Impedance between electrodes and skin in 100 ohm, 16 bits, the largest for all above; ``None`` where it was not measured.
    """

    sequence: int
    first_sample_ms: int
    rate_tenth_hz: int
    conductance_tenth_ns: tuple[int | None, ...]
    contact: bool | None = None
    saturated: bool = False
    clock_restarted: bool = False
    impedance_100_ohm: int | None = None

    @property
    def rate_hz(self) -> float:
        """Sampling rate in Hz."""
        return self.rate_tenth_hz / 10

    @property
    def impedance_ohm(self) -> float | None:
        """Impedance in ohm, if it was measured."""
        return None if self.impedance_100_ohm is None else float(self.impedance_100_ohm * OHM_PER_UNIT)

    @property
    def conductance_us(self) -> tuple[float, ...]:
        """Skin conductance in microsiemens; nan where there is no valid sample."""
        return tuple(math.nan if v is None else v / TENTH_NS_PER_US for v in self.conductance_tenth_ns)


def _require_version(data: bytes, what: str) -> None:
    if data[0] != VERSION:
        raise PacketError(
            f"{what}: version {data[0]}, this decoder knows version {VERSION}: update edge-emotion"
        )


def decode_eda_packet(data: bytes) -> EdaPacket:
    """Decode a notification of the data characteristic; reserved flag bits are ignored.

    Raises
    ------
    PacketError
        If the version is unknown, the rate is zero, or the samples are cut short or absent.
    """
    require(data, HEADER_LENGTH, "EDA packet")
    _require_version(data, "EDA packet")
    flags, rate_tenth_hz = data[1], uint(data, 8, 2)
    if rate_tenth_hz == 0:
        raise PacketError("EDA packet: the sampling rate must not be 0")
    impedance_100_ohm, samples_at = _impedance(data, HEADER_LENGTH, "EDA packet")
    values = unpack_ints(data[samples_at:], 3, "EDA packet")
    return EdaPacket(
        sequence=uint(data, 2, 2),
        first_sample_ms=uint(data, 4, 4),
        rate_tenth_hz=rate_tenth_hz,
        conductance_tenth_ns=tuple(None if v == MISSING else v for v in values),
        contact=bool(flags & FLAG_CONTACT) if flags & FLAG_CONTACT_SUPPORTED else None,
        saturated=bool(flags & FLAG_SATURATED),
        clock_restarted=bool(flags & FLAG_CLOCK_RESTARTED),
        impedance_100_ohm=impedance_100_ohm,
    )


def _impedance(data: bytes, at: int, what: str) -> tuple[int | None, int]:
    """The impedance, if the flags say that it stands at ``at``, and where what follows begins."""
    if not data[1] & FLAG_IMPEDANCE:
        return None, at
    require(data, at + IMPEDANCE_LENGTH, what)
    return uint(data, at, IMPEDANCE_LENGTH), at + IMPEDANCE_LENGTH


def encode_eda_packet(packet: EdaPacket) -> bytes:
    """Encode ``packet``.

    Raises
    ------
    PacketError
        If a field does not fit, the rate is zero, there is no sample, or a sample is the value kept for "missing".
    """
    if packet.rate_tenth_hz == 0 or MISSING in packet.conductance_tenth_ns:
        raise PacketError(f"EDA packet: the rate must not be 0 nor a sample {MISSING}, which means missing")
    flags = 0 if packet.contact is None else FLAG_CONTACT_SUPPORTED | (FLAG_CONTACT if packet.contact else 0)
    flags |= FLAG_SATURATED if packet.saturated else 0
    flags |= FLAG_CLOCK_RESTARTED if packet.clock_restarted else 0
    impedance = b""
    if packet.impedance_100_ohm is not None:
        flags |= FLAG_IMPEDANCE
        impedance = pack_uint(packet.impedance_100_ohm, IMPEDANCE_LENGTH, "EDA packet")
    values = (MISSING if v is None else v for v in packet.conductance_tenth_ns)
    return (
        bytes([VERSION, flags])
        + pack_uint(packet.sequence, 2, "EDA packet")
        + pack_uint(packet.first_sample_ms, 4, "EDA packet")
        + pack_uint(packet.rate_tenth_hz, 2, "EDA packet")
        + impedance
        + pack_ints(values, 3, "EDA packet")
    )


class EdaExcitation(IntEnum):
    """How the sensor drives the skin."""

    DC = 0
    AC = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EdaInfo:
    """Value of the info characteristic.

    Parameters
    ----------
    range_tenth_ns
        Largest conductance the sensor can measure, 0.1 nS.
    rates_tenth_hz
        Sampling rates on offer in 0.1 Hz, the preferred one first, at least one.
    serial
        Serial number, at most 255 bytes of UTF-8.
    """

    excitation: EdaExcitation
    range_tenth_ns: int
    rates_tenth_hz: tuple[int, ...]
    serial: str


def decode_eda_info(data: bytes) -> EdaInfo:
    """Decode the info characteristic; bytes behind the serial number are ignored.

    Raises
    ------
    PacketError
        If the version or the excitation is unknown, no rate is offered, or the value is cut short.
    """
    require(data, 8, "EDA info")
    _require_version(data, "EDA info")
    if data[1] not in tuple(EdaExcitation):
        raise PacketError(f"EDA info: excitation must be 0 (DC) or 1 (AC), is {data[1]}")
    serial_at = 7 + 2 * data[6]
    require(data, serial_at + 1, "EDA info")
    require(data, serial_at + 1 + data[serial_at], "EDA info")
    rates = tuple(uint(data, at, 2) for at in range(7, serial_at, 2))
    if not rates or 0 in rates:
        raise PacketError(f"EDA info: at least one rate and none of 0 Hz must be offered ({quote(data)})")
    return EdaInfo(
        excitation=EdaExcitation(data[1]),
        range_tenth_ns=uint(data, 2, 4),
        rates_tenth_hz=rates,
        serial=decode_text(data[serial_at + 1 : serial_at + 1 + data[serial_at]]),
    )


def encode_eda_info(info: EdaInfo) -> bytes:
    """Encode ``info``; `PacketError` if a field does not fit or no rate is offered."""
    if not info.rates_tenth_hz or 0 in info.rates_tenth_hz:
        raise PacketError("EDA info: at least one rate and none of 0 Hz must be offered")
    serial = encode_text(info.serial)
    return b"".join(
        (
            bytes([VERSION, info.excitation]),
            pack_uint(info.range_tenth_ns, 4, "EDA info"),
            pack_uint(len(info.rates_tenth_hz), 1, "EDA info"),
            *(pack_uint(rate, 2, "EDA info") for rate in info.rates_tenth_hz),
            pack_uint(len(serial), 1, "EDA info"),
            serial,
        )
    )
