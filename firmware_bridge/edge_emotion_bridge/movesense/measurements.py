"""What the data of a Movesense subscription hold, by resource. The sensor sends no type: who subscribed knows it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_ints, pack_uint, quote, require, uint, unpack_ints

TIME_BYTES = 4
FLOAT_BYTES = 4
ECG_UV_PER_COUNT = 0.381469726563
"""Of the counts of ``/Meas/ECG/{rate}`` (movesense.com, API reference of the ECG service)."""

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseEcg:
    """``/Meas/ECG/{rate}``.

    Parameters
    ----------
    first_sample_ms
        Device time of the first sample, 32 bits, wraps.
    counts
        Converter counts, oldest first, `ECG_UV_PER_COUNT` each; the sensor sends 16.
    """

    first_sample_ms: int
    counts: tuple[int, ...]

    @property
    def ecg_uv(self) -> tuple[float, ...]:
        """The samples in microvolt."""
        return tuple(count * ECG_UV_PER_COUNT for count in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseEcgMicrovolt:
    """``/Meas/ECG/{rate}/mV`` of firmware 2.3 and later: microvolts in 16 bits, in spite of the resource's name."""

    first_sample_ms: int
    ecg_uv: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseImu6:
    """``/Meas/IMU6/{rate}``: all of the accelerometer's samples, then as many of the gyroscope.

    Parameters
    ----------
    first_sample_ms
        Device time of the first sample, 32 bits, wraps.
    acceleration_m_per_s2
        Triples (x, y, z), oldest first.
    rotation_deg_per_s
        As many triples.
    """

    first_sample_ms: int
    acceleration_m_per_s2: tuple[Vector, ...]
    rotation_deg_per_s: tuple[Vector, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseHeartRate:
    """``/Meas/HR``: average in beats per minute and the intervals since the last notification, without any time."""

    average_bpm: float
    rr_ms: tuple[int, ...]


def decode_movesense_ecg(body: bytes) -> MovesenseEcg:
    """Decode the data of ``/Meas/ECG/{rate}``; `PacketError` if they are cut short."""
    first_sample_ms, counts = _stamped_samples(body, 4)
    return MovesenseEcg(first_sample_ms=first_sample_ms, counts=counts)


def encode_movesense_ecg(packet: MovesenseEcg) -> bytes:
    """Encode ``packet``; `PacketError` if a field does not fit or there is no sample."""
    return _with_stamp(packet.first_sample_ms, packet.counts, 4)


def decode_movesense_ecg_microvolt(body: bytes) -> MovesenseEcgMicrovolt:
    """Decode the data of ``/Meas/ECG/{rate}/mV``; `PacketError` if they are cut short."""
    first_sample_ms, ecg_uv = _stamped_samples(body, 2)
    return MovesenseEcgMicrovolt(first_sample_ms=first_sample_ms, ecg_uv=ecg_uv)


def encode_movesense_ecg_microvolt(packet: MovesenseEcgMicrovolt) -> bytes:
    """Encode ``packet``; `PacketError` if a field does not fit or there is no sample."""
    return _with_stamp(packet.first_sample_ms, packet.ecg_uv, 2)


def decode_movesense_imu6(body: bytes) -> MovesenseImu6:
    """Decode the data of ``/Meas/IMU6/{rate}``, continuation appended; `PacketError` if cut short or not finite."""
    require(body, TIME_BYTES, "Movesense IMU6")
    values = _floats(body[TIME_BYTES:], "Movesense IMU6")
    if not values or len(values) % 6:
        raise PacketError(f"Movesense IMU6: {len(values)} values, must be a positive multiple of 6")
    triples = tuple(zip(values[0::3], values[1::3], values[2::3], strict=True))
    half = len(triples) // 2
    return MovesenseImu6(
        first_sample_ms=uint(body, 0, TIME_BYTES),
        acceleration_m_per_s2=triples[:half],
        rotation_deg_per_s=triples[half:],
    )


def encode_movesense_imu6(packet: MovesenseImu6) -> bytes:
    """Encode ``packet``; `PacketError` if a field does not fit or the two sensors have not the same number of samples."""
    if len(packet.acceleration_m_per_s2) != len(packet.rotation_deg_per_s) or not packet.rotation_deg_per_s:
        raise PacketError("Movesense IMU6: both sensors need the same positive number of samples")
    flat = [v for xyz in packet.acceleration_m_per_s2 + packet.rotation_deg_per_s for v in xyz]
    return pack_uint(packet.first_sample_ms, TIME_BYTES, "Movesense IMU6") + _packed(flat, "Movesense IMU6")


def decode_movesense_heart_rate(body: bytes) -> MovesenseHeartRate:
    """Decode the data of ``/Meas/HR``; `PacketError` if they are cut short or the average is not finite."""
    require(body, FLOAT_BYTES, "Movesense heart rate")
    (average_bpm,) = _floats(body[:FLOAT_BYTES], "Movesense heart rate")
    if (len(body) - FLOAT_BYTES) % 2:
        raise PacketError(f"Movesense heart rate: an interval is cut ({quote(body)})")
    return MovesenseHeartRate(
        average_bpm=average_bpm, rr_ms=tuple(uint(body, at, 2) for at in range(FLOAT_BYTES, len(body), 2))
    )


def encode_movesense_heart_rate(packet: MovesenseHeartRate) -> bytes:
    """Encode ``packet``; `PacketError` if a field does not fit."""
    rr = b"".join(pack_uint(rr_ms, 2, "Movesense heart rate") for rr_ms in packet.rr_ms)
    return _packed([packet.average_bpm], "Movesense heart rate") + rr


def _stamped_samples(body: bytes, size: int) -> tuple[int, tuple[int, ...]]:
    """The time of the first sample, and the samples of ``size`` bytes each."""
    require(body, TIME_BYTES, "Movesense ECG")
    return uint(body, 0, TIME_BYTES), unpack_ints(body[TIME_BYTES:], size, "Movesense ECG")


def _with_stamp(first_sample_ms: int, samples: tuple[int, ...], size: int) -> bytes:
    return pack_uint(first_sample_ms, TIME_BYTES, "Movesense ECG") + pack_ints(samples, size, "Movesense ECG")


def _floats(data: bytes, what: str) -> tuple[float, ...]:
    if len(data) % FLOAT_BYTES:
        raise PacketError(f"{what}: a value is cut ({quote(data)})")
    values = struct.unpack(f"<{len(data) // FLOAT_BYTES}f", data)
    if not all(map(math.isfinite, values)):
        raise PacketError(f"{what}: a value is not finite ({quote(data)})")
    return values


def _packed(values: list[float], what: str) -> bytes:
    try:
        packed = struct.pack(f"<{len(values)}f", *values)
    except OverflowError:
        raise PacketError(f"{what}: a value does not fit into 32 bits") from None
    _floats(packed, what)
    return packed
