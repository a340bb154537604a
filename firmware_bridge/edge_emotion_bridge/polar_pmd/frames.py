"""What PMD streams: frames of samples with the time of the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.polar_pmd.delta import pack_deltas, unpack_deltas
from edge_emotion_bridge.polar_pmd.measurement import PmdMeasurement, to_measurement
from edge_emotion_bridge.wire import pack_ints, pack_uint, require, uint, unpack_ints

POLAR_EPOCH_UNIX_S = 946_684_800
"""2000-01-01T00:00:00Z, the zero of the device's clock, in Unix seconds."""

HEADER_LENGTH = 10
COMPRESSED = 0x80
ECG_FRAME_TYPE = 0
PPG_FRAME_TYPE = 0
ACC_FRAME_TYPE = 1

ACC_CHANNELS, ACC_BYTES = 3, 2
PPG_CHANNELS, PPG_BYTES = 4, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EcgFrame:
    """ECG, frame type 0.

    Parameters
    ----------
    last_sample_ns
        Device time of the last sample, nanoseconds since 2000-01-01.
    ecg_uv
        Consecutive samples in microvolt, oldest first.
    """

    last_sample_ns: int
    ecg_uv: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccFrame:
    """Acceleration, frame type 1: triples (x, y, z) in thousandths of g, oldest first."""

    last_sample_ns: int
    acceleration_mg: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PpgFrame:
    """Photoplethysmogram, frame type 0: (green 0, green 1, green 2, ambient) in counts of the converter, oldest first."""

    last_sample_ns: int
    counts: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedFrame:
    """A delta-compressed frame of ACC 0 or 1, gyro 0, magnetometer 0 or PPG 0.

    Parameters
    ----------
    measurement, frame_type
        What was measured, and its frame type without the mark of compression.
    last_sample_ns
        Device time of the last sample, nanoseconds since 2000-01-01.
    samples
        One tuple of channels per sample, oldest first, as they stand on the wire: times the conversion factor of the answer
        to the start request they are in the measurement's unit (ACC 1: thousandths of g; ACC 0: g).
    """

    measurement: PmdMeasurement
    frame_type: int
    last_sample_ns: int
    samples: tuple[tuple[int, ...], ...]


PmdFrame = EcgFrame | AccFrame | PpgFrame | CompressedFrame

COMPRESSED_LAYOUTS: Mapping[tuple[PmdMeasurement, int], tuple[int, int]] = {
    (PmdMeasurement.ACC, 0): (3, 16),
    (PmdMeasurement.ACC, 1): (3, 16),
    (PmdMeasurement.GYRO, 0): (3, 16),
    (PmdMeasurement.MAGNETOMETER, 0): (3, 16),
    (PmdMeasurement.PPG, 0): (4, 24),
}
"""Channels and bits of the reference sample, by measurement and frame type."""


def decode_pmd_frame(data: bytes) -> PmdFrame:
    """Decode a notification of the data characteristic.

    Raises
    ------
    PacketError
        If it is cut short, or of a measurement or frame type that is not listed above.
    """
    require(data, HEADER_LENGTH, "PMD frame")
    measurement, last_sample_ns, frame_type = to_measurement(data[0]), uint(data, 1, 8), data[9]
    body = data[HEADER_LENGTH:]
    match measurement, frame_type:
        case PmdMeasurement.ECG, 0:
            return EcgFrame(last_sample_ns=last_sample_ns, ecg_uv=unpack_ints(body, 3, "PMD ECG frame"))
        case PmdMeasurement.ACC, 1:
            flat = _unpack(body, ACC_CHANNELS, ACC_BYTES, "PMD ACC frame")
            return AccFrame(
                last_sample_ns=last_sample_ns,
                acceleration_mg=tuple(zip(flat[0::3], flat[1::3], flat[2::3], strict=True)),
            )
        case PmdMeasurement.PPG, 0:
            flat = _unpack(body, PPG_CHANNELS, PPG_BYTES, "PMD PPG frame")
            return PpgFrame(
                last_sample_ns=last_sample_ns,
                counts=tuple(zip(flat[0::4], flat[1::4], flat[2::4], flat[3::4], strict=True)),
            )
        case _ if frame_type & COMPRESSED:
            return _compressed(measurement, frame_type & ~COMPRESSED, last_sample_ns, body)
    raise PacketError(
        f"PMD frame: {measurement.name} frame type {frame_type} is not decoded; known: ECG 0, ACC 1, PPG 0; {_known()}"
    )


def _compressed(
    measurement: PmdMeasurement, frame_type: int, last_sample_ns: int, body: bytes
) -> CompressedFrame:
    channels, bits = _layout(measurement, frame_type)
    return CompressedFrame(
        measurement=measurement,
        frame_type=frame_type,
        last_sample_ns=last_sample_ns,
        samples=unpack_deltas(body, channels, bits, f"compressed PMD {measurement.name} frame"),
    )


def _layout(measurement: PmdMeasurement, frame_type: int) -> tuple[int, int]:
    try:
        return COMPRESSED_LAYOUTS[measurement, frame_type]
    except KeyError:
        raise PacketError(
            f"compressed PMD frame: {measurement.name} frame type {frame_type} is not decoded; {_known()}"
        ) from None


def _known() -> str:
    return "compressed: " + ", ".join(f"{m.name} {number}" for m, number in COMPRESSED_LAYOUTS)


def _unpack(body: bytes, channels: int, size: int, what: str) -> tuple[int, ...]:
    if len(body) % (channels * size):
        raise PacketError(f"{what}: {len(body)} sample bytes, must be a multiple of {channels * size}")
    return unpack_ints(body, size, what)


def encode_pmd_frame(frame: PmdFrame) -> bytes:
    """Encode ``frame``; `PacketError` if a sample or the time does not fit, or there is no sample."""
    match frame:
        case EcgFrame():
            measurement, frame_type = PmdMeasurement.ECG, ECG_FRAME_TYPE
            body = pack_ints(frame.ecg_uv, 3, "PMD ECG frame")
        case AccFrame():
            measurement, frame_type = PmdMeasurement.ACC, ACC_FRAME_TYPE
            body = pack_ints((v for xyz in frame.acceleration_mg for v in xyz), ACC_BYTES, "PMD ACC frame")
        case PpgFrame():
            measurement, frame_type = PmdMeasurement.PPG, PPG_FRAME_TYPE
            body = pack_ints((v for channels in frame.counts for v in channels), PPG_BYTES, "PMD PPG frame")
        case CompressedFrame():
            measurement, frame_type = frame.measurement, frame.frame_type | COMPRESSED
            body = _compress(frame)
    return bytes([measurement]) + pack_uint(frame.last_sample_ns, 8, "PMD frame") + bytes([frame_type]) + body


def _compress(frame: CompressedFrame) -> bytes:
    what = f"compressed PMD {frame.measurement.name} frame"
    channels, bits = _layout(frame.measurement, frame.frame_type)
    if any(len(sample) != channels for sample in frame.samples):
        raise PacketError(f"{what}: each sample must have {channels} channels")
    return pack_deltas(frame.samples, bits, what)
