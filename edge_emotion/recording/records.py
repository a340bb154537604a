"""What a frame's payload means: a kind for each sort of record, msgpack inside, JSON for the header so that a text tool shows it.

Samples keep their float32 bits. Fields may be added with a default; a reader passes over fields and kinds that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np

from edge_emotion.runtime.state import StateChange
from edge_emotion.sources import RawPacket, SensorEvent
from edge_emotion.types import Beat, Gap, Modality, Report, Samples, Scr

FORMAT_VERSION = 2
"""What this version reads. Sessions that are not encrypted are written as format 1, which older versions read too."""
PLAIN_VERSION = 1


class Kind(IntEnum):
    """Sorts of records. Below 16: what came in, enough to repeat the session. From 16: what was made of it. From 30: the log."""

    HEADER = 1
    CLOCK = 2
    SAMPLES = 3
    GAP = 4
    SENSOR = 5
    PACKET = 6
    BEAT = 16
    SCR = 17
    REPORT = 18
    FOUND_GAP = 19
    STATE = 20
    DROPPED = 30
    END = 31
    SEALED = 40


class TimeAxis(msgspec.Struct, frozen=True, kw_only=True):
    """The same moment on two clocks: the host's monotonic one and the wall's."""

    monotonic_ns: int
    unix_ns: int


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first record of every file of a session.

    Parameters
    ----------
    session
        Name of the session's folder.
    segment
        Which file of the session, from 0.
    time_axis
        ``host``: times are the host's monotonic clock; ``recording``: nanoseconds since the start of what was played.
    bundle_sha256, bundle, engine, reference_sha256
        What made the reports; empty when there was no inference or no stored reference.
    clock
        Wall-clock anchor at the moment that the file was begun.
    salt
        Of an encrypted session; empty: its records are plain. See `edge_emotion.recording.sealing`.
    """

    format_version: int
    session: str
    segment: int
    source: str
    modalities: tuple[Modality, ...]
    time_axis: str
    clock: TimeAxis
    runtime: str
    python: str
    numpy: str
    machine: str
    bundle: str = ""
    bundle_sha256: str = ""
    engine: str = ""
    reference_sha256: str = ""
    salt: bytes = b""


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """Records that never reached the log: the disk was too slow for too long."""

    records: int
    from_ns: int
    to_ns: int


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The session was closed in good order; nothing follows."""

    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundGap:
    """A gap as the chain told it, not as the source delivered it."""

    gap: Gap


Item = (
    Samples
    | Gap
    | SensorEvent
    | RawPacket
    | Beat
    | Scr
    | Report
    | FoundGap
    | StateChange
    | Header
    | TimeAxis
    | Dropped
    | End
)


class _Samples(msgspec.Struct, array_like=True, frozen=True):
    modality: Modality
    rate_hz: float | None
    columns: int
    values: bytes
    sequence: int | None


_TYPES: dict[int, Any] = {
    Kind.CLOCK: TimeAxis,
    Kind.SAMPLES: _Samples,
    Kind.GAP: Gap,
    Kind.SENSOR: SensorEvent,
    Kind.PACKET: RawPacket,
    Kind.BEAT: Beat,
    Kind.SCR: Scr,
    Kind.REPORT: Report,
    Kind.FOUND_GAP: Gap,
    Kind.STATE: StateChange,
    Kind.DROPPED: Dropped,
    Kind.END: End,
}
_DECODERS: dict[int, Any] = {
    **{kind: msgspec.msgpack.Decoder(type_) for kind, type_ in _TYPES.items()},
    Kind.HEADER: msgspec.json.Decoder(Header),
}
_ENCODER = msgspec.msgpack.Encoder(enc_hook=lambda value: value.item())  # a numpy scalar


def encode(item: Item) -> tuple[Kind, int, bytes]:
    """Kind, time in ns and payload of a record."""
    match item:
        case Samples():
            return Kind.SAMPLES, int(item.time_ns), _ENCODER.encode(_samples(item))
        case Gap():
            return Kind.GAP, int(item.start_ns), _ENCODER.encode(item)
        case SensorEvent():
            return Kind.SENSOR, int(item.time_ns), _ENCODER.encode(item)
        case RawPacket():
            return Kind.PACKET, int(item.time_ns), _ENCODER.encode(item)
        case Beat():
            return Kind.BEAT, int(item.decided_ns), _ENCODER.encode(item)
        case Scr():
            return Kind.SCR, int(item.decided_ns), _ENCODER.encode(item)
        case Report():
            return Kind.REPORT, int(item.end_ns), _ENCODER.encode(item)
        case FoundGap():
            return Kind.FOUND_GAP, int(item.gap.start_ns), _ENCODER.encode(item.gap)
        case StateChange():
            return Kind.STATE, int(item.time_ns), _ENCODER.encode(item)
        case _:
            return _encode_own(item)


def _encode_own(item: Header | TimeAxis | Dropped | End) -> tuple[Kind, int, bytes]:
    match item:
        case Header():
            return Kind.HEADER, item.clock.monotonic_ns, msgspec.json.encode(item)
        case TimeAxis():
            return Kind.CLOCK, item.monotonic_ns, _ENCODER.encode(item)
        case Dropped():
            return Kind.DROPPED, item.from_ns, _ENCODER.encode(item)
        case End():
            return Kind.END, 0, _ENCODER.encode(item)


def decode(kind: int, time_ns: int, payload: bytes) -> Item | None:
    """The record; ``None`` for a kind of a newer version.

    Raises
    ------
    ValueError
        If the payload is not what its kind says.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return None
    try:
        item = decoder.decode(payload)
        if isinstance(item, _Samples):
            return _to_samples(item, time_ns)
    except (msgspec.MsgspecError, ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"a {Kind(kind).name.lower()} record cannot be understood: {error}") from None
    if kind == Kind.FOUND_GAP:
        return FoundGap(gap=item)
    return item  # type: ignore[no-any-return]


def _samples(item: Samples) -> _Samples:
    columns = item.values.shape[1] if item.values.ndim == 2 else 0
    rate_hz = None if item.rate_hz is None else float(item.rate_hz)
    values = np.ascontiguousarray(item.values, dtype="<f4").tobytes()
    return _Samples(item.modality, rate_hz, columns, values, item.sequence)


def _to_samples(raw: _Samples, time_ns: int) -> Samples:
    values = np.frombuffer(raw.values, dtype="<f4").astype(np.float32, copy=False)
    if raw.columns:
        values = values.reshape(-1, raw.columns)
    return Samples(
        modality=raw.modality, time_ns=time_ns, rate_hz=raw.rate_hz, values=values, sequence=raw.sequence
    )
