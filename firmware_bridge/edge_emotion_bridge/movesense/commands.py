"""What a client writes to a Movesense sensor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_uint, quote, require

WHAT = "Movesense command"


class MovesenseCode(IntEnum):
    """Commands this project uses."""

    HELLO = 0
    SUBSCRIBE = 1
    UNSUBSCRIBE = 2
    GET = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseHello:
    """Ask who the sensor is; ``reference`` (0 to 255) comes back in its answer."""

    reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseSubscribe:
    """Start the measurement of a resource, e.g. ``/Meas/ECG/200``; its data carry ``reference``."""

    reference: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseUnsubscribe:
    """Stop the measurement that was subscribed to with ``reference``."""

    reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseGet:
    """Read a resource once, e.g. ``/System/Energy/Level``."""

    reference: int
    path: str


MovesenseCommand = MovesenseHello | MovesenseSubscribe | MovesenseUnsubscribe | MovesenseGet


def encode_movesense_command(command: MovesenseCommand) -> bytes:
    """Encode ``command``; `PacketError` if its reference is no byte or its path is no printable ASCII beginning with a slash."""
    match command:
        case MovesenseHello():
            return bytes([MovesenseCode.HELLO]) + pack_uint(command.reference, 1, WHAT)
        case MovesenseUnsubscribe():
            return bytes([MovesenseCode.UNSUBSCRIBE]) + pack_uint(command.reference, 1, WHAT)
        case MovesenseSubscribe():
            code = MovesenseCode.SUBSCRIBE
        case MovesenseGet():
            code = MovesenseCode.GET
    if not _is_path(command.path):
        raise PacketError(f"{WHAT}: a path is ASCII and begins with a slash, is {command.path[:80]!r}")
    return bytes([code]) + pack_uint(command.reference, 1, WHAT) + command.path.encode("ascii") + b"\0"


def _is_path(path: str) -> bool:
    return path.startswith("/") and path.isascii() and path.isprintable()


def decode_movesense_command(data: bytes) -> MovesenseCommand:
    """Decode what was written to the command characteristic; a path may come without its final zero.

    Raises
    ------
    PacketError
        If it is none of these commands, or a path is absent or unreadable.
    """
    require(data, 2, WHAT)
    reference, body = data[1], data[2:]
    match data[0]:
        case MovesenseCode.HELLO if not body:
            return MovesenseHello(reference=reference)
        case MovesenseCode.UNSUBSCRIBE if not body:
            return MovesenseUnsubscribe(reference=reference)
        case MovesenseCode.SUBSCRIBE:
            return MovesenseSubscribe(reference=reference, path=_path(body))
        case MovesenseCode.GET:
            return MovesenseGet(reference=reference, path=_path(body))
    known = ", ".join(f"{code.value} {code.name}" for code in MovesenseCode)
    raise PacketError(f"{WHAT}: known are {known}, is {quote(data)}")


def _path(body: bytes) -> str:
    path = body.removesuffix(b"\0").decode("latin-1")
    if not _is_path(path):
        raise PacketError(f"{WHAT}: a path is ASCII and begins with a slash, is {quote(body)}")
    return path
