"""Refuses ONNX models that point outside of themselves, before any engine parses them.

The device has no ``onnx`` package, so this walks the protobuf wire format down to every tensor. ONNX tensors may name a
file (``TensorProto.external_data``, field 13; ``data_location``, field 14): path traversal through it was
CVE-2022-25882, CVE-2024-27318 and CVE-2025-51480. A bundle has no use for it.

References
----------
onnx/onnx.proto (field numbers); protobuf encoding, "message structure".
"""

from __future__ import annotations

from collections.abc import Iterator

from edge_emotion.errors import EngineError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_DEPTH = 16
_EXTERNAL_FIELDS = {13, 14}

# For each message: which fields hold which message, as far as tensors can be reached.
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}


class _MalformedError(ValueError):
    pass


def refuse_external_data(model: bytes, path: str) -> None:
    """Walk ``model`` and check that every tensor carries its own data.

    Parameters
    ----------
    model
        A serialised ``ModelProto``.
    path
        Name for the message.

    Raises
    ------
    EngineError
        If a tensor refers to a file, or the bytes are not a protobuf message.
    """
    try:
        external = _points_outside(memoryview(model), "model", 0)
    except _MalformedError as error:
        raise EngineError(f"{path} is not an ONNX model ({error}); export it again") from None
    if external:
        raise EngineError(
            f"{path} keeps weights in another file; a bundle's models must hold all of their data"
        )


def _points_outside(message: memoryview, kind: str, depth: int) -> bool:
    if depth > _MAX_DEPTH:
        raise _MalformedError(f"nested more than {_MAX_DEPTH} deep")
    children = _CHILDREN[kind]
    for field, value in _fields(message):
        # data_location 0 is the default "inside", which a writer may spell out.
        if kind == "tensor" and field in _EXTERNAL_FIELDS and value != 0:
            return True
        child = children.get(field)
        if child is None:
            continue
        if not isinstance(value, memoryview):
            raise _MalformedError(f"field {field} of {kind} is not a message")
        if _points_outside(value, child, depth + 1):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield field, value
            continue
        if wire == _BYTES:
            size, at = _varint(message, at)
        elif wire in (_FIXED32, _FIXED64):
            size = 4 if wire == _FIXED32 else 8
        else:
            raise _MalformedError(f"wire type {wire}")
        if at + size > len(message):
            raise _MalformedError("truncated")
        yield field, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise _MalformedError("truncated")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _MalformedError("number too long")
