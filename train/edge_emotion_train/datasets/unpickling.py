"""Pickles of arrays, read without running anything that they ask for.

A pickle is a program. This reader knows six names, and each stands for a small class of this file instead of what it is
called after: an array and a number type that only keep what they are told, and are checked before anything is allocated.
Every other name is refused before it is imported. Works for pickles of Python 2 (WESAD, DEAP) and 3.
"""

from __future__ import annotations

import math
import pickle
import re
from pathlib import Path
from typing import Any, BinaryIO, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError

NUMBER = re.compile(r"[<>=|]?(b1|[iu][1248]|f[248])")
"""Booleans, integers, floats; no objects, no records, no text."""

MOST_AXES = 4
BYTE_ORDERS: dict[object, Literal["<", ">", "=", "|"]] = {"<": "<", ">": ">", "=": "=", "|": "|"}


class _Dtype:
    """What a pickle says about a number type."""

    def __init__(self, code: object, align: object = False, copy: object = True) -> None:
        text = code.decode("ascii", "replace") if isinstance(code, bytes) else code
        if not isinstance(text, str) or not NUMBER.fullmatch(text):
            raise pickle.UnpicklingError(f"numbers of type {str(text)[:20]!r}")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: object) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        order = order.decode("ascii", "replace") if isinstance(order, bytes) else order
        if order not in BYTE_ORDERS:
            raise pickle.UnpicklingError("a number type without a byte order")
        self.dtype = self.dtype.newbyteorder(BYTE_ORDERS[order])


class _NdArray:
    """Stands for the class ``numpy.ndarray``, which a pickle names and never calls."""


class _Array:
    """An array while its pickle is read."""

    def __init__(self, kind: object, shape: object, code: object) -> None:
        if kind is not _NdArray or shape != (0,):
            raise pickle.UnpicklingError("an array that is not made empty")
        self.array: NDArray[Any] = np.empty(0)

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise pickle.UnpicklingError("an array without shape, type and content")
        _, shape, kind, by_columns, raw = state
        self.array = _filled(raw, kind, shape, by_columns=bool(by_columns))


def _from_buffer(raw: object, kind: object, shape: object, order: object = "C") -> _Array:
    """How protocol 5 makes an array."""
    made = _Array(_NdArray, (0,), b"b")
    made.array = _filled(raw, kind, shape, by_columns=order in ("F", b"F"))
    return made


def _filled(raw: object, kind: object, shape: object, *, by_columns: bool) -> NDArray[Any]:
    if not isinstance(kind, _Dtype) or not isinstance(shape, tuple) or not _is_shape(shape):
        raise pickle.UnpicklingError("an array of unknown type or shape")
    content = raw.encode("latin1") if isinstance(raw, str) else raw
    wanted = math.prod(shape) * kind.dtype.itemsize
    if not isinstance(content, bytes | bytearray) or len(content) != wanted:
        raise pickle.UnpicklingError("an array whose content does not fit its shape")
    return np.frombuffer(content, kind.dtype).reshape(shape, order="F" if by_columns else "C")


def _is_shape(shape: tuple[Any, ...]) -> bool:
    return len(shape) <= MOST_AXES and all(type(n) is int and n >= 0 for n in shape)


def _scalar(kind: object, raw: object) -> float | int | bool:
    content = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(kind, _Dtype) or not isinstance(content, bytes) or len(content) != kind.dtype.itemsize:
        raise pickle.UnpicklingError("a number of unknown type")
    value: float | int | bool = np.frombuffer(content, kind.dtype)[0].item()
    return value


def _encode(text: object, encoding: object = "latin1") -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
        raise pickle.UnpicklingError("text in an encoding other than latin1")
    return text.encode("latin1")


ALLOWED: dict[tuple[str, str], object] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _NdArray,
    ("_codecs", "encode"): _encode,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _scalar for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _from_buffer for core in ("core", "_core")},
}


class _ArrayUnpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO) -> None:
        # Content of Python 2 strings stays bytes: a text of a gigabyte would be made only to be encoded again.
        super().__init__(file, encoding="bytes")

    def find_class(self, module: str, name: str, /) -> Any:
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name}") from None

    def persistent_load(self, pid: Any, /) -> NoReturn:
        raise pickle.UnpicklingError("an object kept elsewhere")


def read_arrays_pickle(path: Path) -> Any:
    """Nested dictionaries, lists, texts, numbers and arrays of a pickle; nothing in it is run.

    Raises
    ------
    RecordingError
        If it asks for anything else, or is damaged.
    """
    try:
        with path.open("rb") as file:
            return _plain(_ArrayUnpickler(file).load())
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from None
    except pickle.UnpicklingError as error:
        raise RecordingError(
            f"{path}: refused, nothing of it was run: the pickle asks for {str(error)[:120]}; only arrays of numbers are "
            "allowed; get the file from the data set's own page"
        ) from None
    # A damaged pickle can fail in any of its opcodes: the stack, an index, a key that cannot be hashed.
    except Exception as error:
        raise RecordingError(
            f"{path}: is damaged or no pickle ({type(error).__name__}); restore it"
        ) from None


def _plain(value: object) -> object:
    """Without the stand-ins; keys and texts of Python 2 become text."""
    if isinstance(value, _Array):
        return value.array
    if isinstance(value, bytes):
        return value.decode("latin1")
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise pickle.UnpicklingError(f"a {type(value).__name__.strip('_').lower()} on its own")
