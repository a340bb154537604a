"""What a Movesense sensor notifies: answers to commands, and the data of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import pack_uint, quote, require, uint

WHAT = "Movesense notification"


class MovesenseKind(IntEnum):
    """First byte of a notification."""

    RESPONSE = 1
    DATA = 2
    CONTINUATION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseResponse:
    """Answer to a command.

    Parameters
    ----------
    reference
        Of the command.
    status
        As in HTTP: 200 done, 404 no such resource, 429 out of requests (only a restart of the sensor helps).
    body
        What a ``GET`` asked for. The answer to ``HELLO`` has no status; its bytes are read as if it had.
    """

    reference: int
    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseData:
    """One measurement of the subscription ``reference``, or its first part when it does not fit into a notification."""

    reference: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesenseContinuation:
    """The rest of the `MovesenseData` with the same ``reference`` before it."""

    reference: int
    body: bytes


MovesenseNotification = MovesenseResponse | MovesenseData | MovesenseContinuation


def decode_movesense_notification(data: bytes) -> MovesenseNotification:
    """Decode a notification; `PacketError` if it is of no known kind or cut short."""
    require(data, 2, WHAT)
    reference = data[1]
    match data[0]:
        case MovesenseKind.RESPONSE:
            require(data, 4, WHAT)
            return MovesenseResponse(reference=reference, status=uint(data, 2, 2), body=data[4:])
        case MovesenseKind.DATA:
            return MovesenseData(reference=reference, body=data[2:])
        case MovesenseKind.CONTINUATION:
            return MovesenseContinuation(reference=reference, body=data[2:])
    raise PacketError(f"{WHAT}: begins with 1 response, 2 data or 3 continuation, is {quote(data)}")


def encode_movesense_notification(notification: MovesenseNotification) -> bytes:
    """Encode ``notification``; `PacketError` if its reference or status does not fit."""
    match notification:
        case MovesenseResponse():
            head = pack_uint(notification.status, 2, WHAT)
            kind = MovesenseKind.RESPONSE
        case MovesenseData():
            head, kind = b"", MovesenseKind.DATA
        case MovesenseContinuation():
            head, kind = b"", MovesenseKind.CONTINUATION
    return bytes([kind]) + pack_uint(notification.reference, 1, WHAT) + head + notification.body
