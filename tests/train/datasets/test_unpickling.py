"""Pickles: arrays of Python 2 and 3 come out, and nothing that a file asks for is run."""

from __future__ import annotations

import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_files import python2_pickle

from edge_emotion.errors import RecordingError
from edge_emotion_train.datasets.unpickling import read_arrays_pickle

ARRAYS = {
    "subject": "S2",
    "number": 7,
    "signal": {"ECG": np.arange(6.0).reshape(3, 2), "ACC": np.arange(4, dtype=np.int8)},
}


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "S2.pkl"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [python2_pickle(ARRAYS), *(pickle.dumps(ARRAYS, protocol) for protocol in (2, 3, 4, 5))],
    ids=["python2", "2", "3", "4", "5"],
)
def test_arrays_of_all_protocols_come_out(tmp_path: Path, content: bytes) -> None:
    read = read_arrays_pickle(written(tmp_path, content))
    assert (read["subject"], read["number"]) == ("S2", 7)
    np.testing.assert_array_equal(read["signal"]["ECG"], ARRAYS["signal"]["ECG"])  # type: ignore[index]
    assert read["signal"]["ACC"].dtype == np.int8


def test_columns_first_big_endian_and_single_numbers(tmp_path: Path) -> None:
    value = {
        "a": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "b": np.arange(3, dtype=">f4"),
        "c": np.float64(2.5),
    }
    read = read_arrays_pickle(written(tmp_path, pickle.dumps(value, 2)))
    assert read["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read["b"].tolist() == [0, 1, 2]
    assert read["c"] == 2.5


class Runs:
    """Reduces to a call, as an attacker's object does."""

    def __init__(self, call: Any, *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return self.call, self.arguments


def test_code_in_a_pickle_is_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "it_ran"
    path = written(tmp_path, pickle.dumps({"signal": Runs(os.system, f"touch {trace}")}))
    with pytest.raises(RecordingError, match="nothing of it was run") as caught:
        read_arrays_pickle(path)
    assert "\n" not in str(caught.value)
    assert not trace.exists()


def reconstruct(shape: tuple[int, ...]) -> bytes:
    numbers = b"(" + b"".join(b"J" + struct.pack("<i", n) for n in shape) + b"t"
    return b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + numbers + b"U\x01b\x87R."


@pytest.mark.parametrize(
    "content",
    [
        reconstruct((2**30, 4)),  # four gigabytes from a hundred bytes
        b"\x80\x02cnumpy\nndarray\n(J\xff\xff\xff\x7ft\x85R.",
        b"\x80\x02cbuiltins\neval\n(U\x031+1tR.",
        b"\x80\x02cnumpy.core.multiarray\nfromfile\n.",
        b"\x80\x02U\x03abcQ.",
        pickle.dumps(np.array([Runs(os.getpid)], dtype=object)),
        pickle.dumps(np.array([None], dtype=object)),
        pickle.dumps(np.array(["text"])),
        pickle.dumps(np.dtype("f8")),
        python2_pickle({"a": np.arange(8.0)}).replace(b"J\x08\x00\x00\x00t", b"J\xff\xff\xff\x7ft"),
    ],
    ids=["bomb", "ndarray", "eval", "fromfile", "persistent", "objects", "none", "text", "dtype", "short"],
)
def test_what_is_no_array_of_numbers_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordingError, match=r"S2\.pkl"):
        read_arrays_pickle(written(tmp_path, content))


def test_every_damage_is_one_kind_of_error(tmp_path: Path) -> None:
    whole = python2_pickle(ARRAYS)
    rng = np.random.default_rng(0)
    refused = 0
    for cut in rng.integers(0, len(whole), 200).tolist():
        content = bytearray(whole)
        content[cut] ^= int(rng.integers(1, 256))
        try:
            read_arrays_pickle(written(tmp_path, bytes(content)))
        except RecordingError:
            refused += 1
    assert refused > 50
