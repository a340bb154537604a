"""Files in the formats of public data sets, byte by byte where the format is what a loader can get wrong."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


def python2_pickle(value: object) -> bytes:
    """Protocol 2 as Python 2 and its NumPy wrote it: texts and array contents are byte strings, modules have their old names."""
    return b"\x80\x02" + _opcodes(value) + b"."


def _opcodes(value: object) -> bytes:
    if isinstance(value, dict):
        items = b"".join(_opcodes(k) + _opcodes(v) for k, v in value.items())
        return b"}(" + items + b"u"
    if isinstance(value, np.ndarray):
        return _array(np.ascontiguousarray(value))
    if isinstance(value, str):
        return _bytes(value.encode("latin1"))
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    raise TypeError(type(value))


def _bytes(content: bytes) -> bytes:
    return b"T" + struct.pack("<i", len(content)) + content


def _array(array: np.ndarray) -> bytes:
    code = array.dtype.str[1:]
    dtype = (
        b"cnumpy\ndtype\n" + _bytes(code.encode()) + b"K\x00K\x01\x87R"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    shape = b"(" + b"".join(_opcodes(int(n)) for n in array.shape) + b"t"
    state = b"(K\x01" + shape + dtype + b"\x89" + _bytes(array.tobytes()) + b"t"
    return b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R" + state + b"b"


def write_e4_zip(path: Path, files: Mapping[str, tuple[float, float, np.ndarray]], inside: str = "") -> None:
    """An Empatica export: by file name the start (Unix time), the rate and the values."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, (start, rate_hz, values) in files.items():
            rows = np.atleast_2d(values.T).T
            head = [", ".join([f"{number:.6f}"] * rows.shape[1]) for number in (start, rate_hz)]
            lines = [*head, *(",".join(f"{v:.2f}" for v in row) for row in rows)]
            archive.writestr(inside + name, "\n".join(lines) + "\n")


def write_bdf(
    path: Path, rate_hz: int, channels: Mapping[str, tuple[str, np.ndarray]], status: Sequence[int]
) -> None:
    """A BioSemi BDF: by label the unit and the physical values, 31.25 nV a step as the amplifier has it, and the Status
    channel with its 24 bits."""
    labels = [*channels, "Status"]
    count, seconds = len(labels), len(status) // rate_hz
    steps = {label: np.round(values / 0.03125).astype(np.int64) for label, (_, values) in channels.items()}
    steps["Status"] = np.asarray(status, np.int64)

    def field(text: object, width: int) -> bytes:
        return str(text).ljust(width)[:width].encode("ascii")

    def fields(texts: Sequence[object], width: int) -> bytes:
        return b"".join(field(text, width) for text in texts)

    units = [*(unit for unit, _ in channels.values()), "Boolean"]
    low = [*[-262144] * len(channels), -8388608]
    high = [*[262144] * len(channels), 8388607]
    head = b"\xffBIOSEMI" + field("", 80) + field("", 80) + field("11.01.09", 8) + field("10.11.12", 8)
    head += (
        field(256 * (count + 1), 8) + field("24BIT", 44) + field(seconds, 8) + field(1, 8) + field(count, 4)
    )
    head += fields(labels, 16) + fields(["active electrode"] * count, 80) + fields(units, 8)
    head += fields(low, 8) + fields(high, 8) + fields([-8388608] * count, 8) + fields([8388607] * count, 8)
    head += fields(["HP: DC"] * count, 80) + fields([rate_hz] * count, 8) + fields(["Reserved"] * count, 32)
    body = bytearray()
    for second in range(seconds):
        for label in labels:
            part = steps[label][second * rate_hz : (second + 1) * rate_hz]
            body += (part & 0xFFFFFF).astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    path.write_bytes(head + bytes(body))
