"""Stream settings of PMD: a list of (id, count, values)."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_uint, require, uint

WHAT = "PMD settings"

SAMPLE_RATE_ID = 0
RESOLUTION_ID = 1
RANGE_ID = 2
RANGE_MILLI_ID = 3
CHANNELS_ID = 4
FACTOR_ID = 5

VALUE_SIZES = {
    SAMPLE_RATE_ID: 2,
    RESOLUTION_ID: 2,
    RANGE_ID: 2,
    RANGE_MILLI_ID: 4,
    CHANNELS_ID: 1,
    FACTOR_ID: 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PmdSettings:
    """What a stream offers (in a response) or shall use (in a start request: one value each); empty where absent.

    Parameters
    ----------
    ranges
        In the measurement's unit (ACC: g).
    ranges_milli
        In thousandths of the measurement's unit.
    conversion_factor
        Every sample is to be multiplied by it; ``None`` means 1.
    """

    sample_rates_hz: tuple[int, ...] = ()
    resolutions_bits: tuple[int, ...] = ()
    ranges: tuple[int, ...] = ()
    ranges_milli: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    conversion_factor: float | None = None


def decode_pmd_settings(data: bytes) -> PmdSettings:
    """Decode the parameters of a settings response or of a start request.

    Raises
    ------
    PacketError
        If a setting is unknown (its size is then unknown too), comes twice, has no value, or is cut short.
    """
    found: dict[int, tuple[int, ...]] = {}
    at = 0
    while at < len(data):
        require(data, at + 2, WHAT)
        setting, count = data[at], data[at + 1]
        size = VALUE_SIZES.get(setting)
        if size is None or setting in found or count == 0:
            raise PacketError(f"{WHAT}: setting {setting} with {count} values is unknown, repeated or empty")
        require(data, at + 2 + count * size, WHAT)
        found[setting] = tuple(uint(data, at + 2 + i * size, size) for i in range(count))
        at += 2 + count * size
    return PmdSettings(
        sample_rates_hz=found.get(SAMPLE_RATE_ID, ()),
        resolutions_bits=found.get(RESOLUTION_ID, ()),
        ranges=found.get(RANGE_ID, ()),
        ranges_milli=found.get(RANGE_MILLI_ID, ()),
        channels=found.get(CHANNELS_ID, ()),
        conversion_factor=_to_factor(found.get(FACTOR_ID)),
    )


def _to_factor(bits: tuple[int, ...] | None) -> float | None:
    if bits is None:
        return None
    factor: float = struct.unpack("<f", bits[0].to_bytes(4, "little"))[0]
    if len(bits) != 1 or not math.isfinite(factor):
        raise PacketError(
            f"{WHAT}: the conversion factor must be one finite number, got {len(bits)} ({factor})"
        )
    return factor


def encode_pmd_settings(settings: PmdSettings) -> bytes:
    """Encode ``settings`` in the order of their ids.

    Raises
    ------
    PacketError
        If a value does not fit, there are more than 255 of one kind, or the factor is not a finite float32.
    """
    lists = (
        (SAMPLE_RATE_ID, settings.sample_rates_hz),
        (RESOLUTION_ID, settings.resolutions_bits),
        (RANGE_ID, settings.ranges),
        (RANGE_MILLI_ID, settings.ranges_milli),
        (CHANNELS_ID, settings.channels),
    )
    parts = []
    for setting, values in lists:
        if values:
            parts += [bytes([setting]), pack_uint(len(values), 1, WHAT)]
            parts += [pack_uint(value, VALUE_SIZES[setting], WHAT) for value in values]
    if settings.conversion_factor is not None:
        parts += [bytes([FACTOR_ID, 1]), _from_factor(settings.conversion_factor)]
    return b"".join(parts)


def _from_factor(factor: float) -> bytes:
    try:
        packed = struct.pack("<f", factor)
    except OverflowError:
        packed = b""
    if not packed or not math.isfinite(factor):
        raise PacketError(f"{WHAT}: the conversion factor must be a finite float32, is {factor}")
    return packed
