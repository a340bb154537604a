"""What PMD streams: frames of samples with the time of the last one."""

from __future__ import annotations

from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.polar_pmd.measurement import PmdMeasurement, to_measurement
from edge_emotion_bridge.wire import pack_ints, pack_uint, require, uint, unpack_ints

POLAR_EPOCH_UNIX_S = 946_684_800
"""2000-01-01T00:00:00Z, the zero of the device's clock, in Unix seconds."""

HEADER_LENGTH = 10
COMPRESSED = 0x80
ECG_FRAME_TYPE = 0
ACC_FRAME_TYPE = 1


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


PmdFrame = EcgFrame | AccFrame


def decode_pmd_frame(data: bytes) -> PmdFrame:
    """Decode a notification of the data characteristic.

    Raises
    ------
    PacketError
        If it is cut short, compressed, or of a measurement or frame type other than ECG 0 and ACC 1.
    """
    require(data, HEADER_LENGTH, "PMD frame")
    measurement, last_sample_ns, frame_type = to_measurement(data[0]), uint(data, 1, 8), data[9]
    if frame_type & COMPRESSED:
        raise PacketError(
            f"PMD frame: {measurement.name} frame type {frame_type & 0x7F} is delta-compressed, which is not decoded; "
            "start the stream with settings that give plain frames (ECG 130 Hz 14 bit, ACC 16 bit)"
        )
    body = data[HEADER_LENGTH:]
    if (measurement, frame_type) == (PmdMeasurement.ECG, ECG_FRAME_TYPE):
        return EcgFrame(last_sample_ns=last_sample_ns, ecg_uv=unpack_ints(body, 3, "PMD ECG frame"))
    if (measurement, frame_type) == (PmdMeasurement.ACC, ACC_FRAME_TYPE):
        if len(body) % 6:
            raise PacketError(f"PMD ACC frame: {len(body)} sample bytes, must be a multiple of 6")
        flat = unpack_ints(body, 2, "PMD ACC frame")
        triples = tuple(zip(flat[0::3], flat[1::3], flat[2::3], strict=True))
        return AccFrame(last_sample_ns=last_sample_ns, acceleration_mg=triples)
    raise PacketError(
        f"PMD frame: {measurement.name} frame type {frame_type} is not decoded; known: ECG 0, ACC 1"
    )


def encode_pmd_frame(frame: PmdFrame) -> bytes:
    """Encode ``frame``; `PacketError` if a sample or the time does not fit, or there is no sample."""
    match frame:
        case EcgFrame():
            measurement, frame_type = PmdMeasurement.ECG, ECG_FRAME_TYPE
            body = pack_ints(frame.ecg_uv, 3, "PMD ECG frame")
        case AccFrame():
            measurement, frame_type = PmdMeasurement.ACC, ACC_FRAME_TYPE
            body = pack_ints((v for xyz in frame.acceleration_mg for v in xyz), 2, "PMD ACC frame")
    return bytes([measurement]) + pack_uint(frame.last_sample_ns, 8, "PMD frame") + bytes([frame_type]) + body
