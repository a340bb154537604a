"""What is public of Empatica's inter-beat intervals: the file ``IBI.csv`` and the lines of the E4 streaming server.

The wristbands' GATT services are not public (empalink issue 18); these two texts are documented by their maker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_emotion_bridge.errors import PacketError
from edge_emotion_bridge.wire import quote

IBI_STREAM = b"E4_Ibi"
MOST_BYTES = 64
FIRST_LINE = b"IBI"


@dataclass(frozen=True, slots=True, kw_only=True)
class E4Ibi:
    """One line of the streaming server: an interval and when the beat that ends it was.

    Parameters
    ----------
    time_s
        Seconds since 1970, of the wristband's clock.
    interval_s
        Seconds, more than 0.
    """

    time_s: float
    interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IbiList:
    """An ``IBI.csv``: intervals that were trusted; where beats were not, there is none.

    Parameters
    ----------
    start_s
        Seconds since 1970.
    times_s
        Of the beat that ends each interval, seconds since the start, ascending.
    intervals_s
        Seconds, more than 0.
    """

    start_s: float
    times_s: tuple[float, ...]
    intervals_s: tuple[float, ...]


def decode_e4_ibi(line: bytes) -> E4Ibi:
    """Decode ``E4_Ibi TIME INTERVAL``; a comma as decimal point, as some systems write it, is read too.

    Raises
    ------
    PacketError
        If it is another line.
    """
    parts = line.strip().split()
    if len(parts) != 3 or parts[0] != IBI_STREAM:
        raise PacketError(f"E4 interval: must be E4_Ibi, time, interval, is {quote(line)}")
    time_s, interval_s = (_number(part.replace(b",", b"."), line) for part in parts[1:])
    return E4Ibi(time_s=time_s, interval_s=_positive(interval_s, line))


def encode_e4_ibi(packet: E4Ibi) -> bytes:
    """Encode ``packet``; `PacketError` if a figure is not finite or the interval not positive."""
    line = f"{packet.time_s!r} {packet.interval_s!r}".encode()
    decode_e4_ibi(IBI_STREAM + b" " + line)
    return IBI_STREAM + b" " + line + b"\r\n"


def decode_ibi_list(content: bytes) -> IbiList:
    """Decode an ``IBI.csv``: ``START, IBI``, then ``time,interval`` on each line.

    Raises
    ------
    PacketError
        If a line is no such line, or times do not ascend.
    """
    lines = content.splitlines()
    head = lines[0].split(b",") if lines else []
    if len(head) != 2 or head[1].strip() != FIRST_LINE:
        raise PacketError(f"IBI list: must begin with a time and IBI, begins with {quote(content)}")
    times_s: list[float] = []
    intervals_s: list[float] = []
    for line in lines[1:]:
        parts = line.split(b",")
        if len(parts) != 2:
            raise PacketError(f"IBI list: each line must be time,interval, one is {quote(line)}")
        time_s = _number(parts[0], line)
        if times_s and time_s < times_s[-1]:
            raise PacketError(f"IBI list: times must ascend, {time_s:g} s comes after {times_s[-1]:g} s")
        times_s.append(time_s)
        intervals_s.append(_positive(_number(parts[1], line), line))
    return IbiList(start_s=_number(head[0], content), times_s=tuple(times_s), intervals_s=tuple(intervals_s))


def encode_ibi_list(packet: IbiList) -> bytes:
    """Encode ``packet``; `PacketError` if it could not be read back."""
    if len(packet.times_s) != len(packet.intervals_s):
        raise PacketError(
            f"IBI list: {len(packet.times_s)} times, {len(packet.intervals_s)} intervals: must be as many"
        )
    rows = (f"{t!r},{i!r}\n" for t, i in zip(packet.times_s, packet.intervals_s, strict=True))
    content = f"{packet.start_s!r}, IBI\n{''.join(rows)}".encode()
    decode_ibi_list(content)
    return content


def _number(text: bytes, whole: bytes) -> float:
    try:
        if len(text) > MOST_BYTES:
            raise ValueError
        value = float(text.decode("ascii"))
    except ValueError:
        raise PacketError(f"interval: no number in {quote(whole)}") from None
    if not math.isfinite(value):
        raise PacketError(f"interval: figures must be finite ({quote(whole)})")
    return value


def _positive(interval_s: float, whole: bytes) -> float:
    if interval_s <= 0:
        raise PacketError(f"interval: must be more than 0 s ({quote(whole)})")
    return interval_s
