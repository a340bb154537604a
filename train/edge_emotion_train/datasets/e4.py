"""What an Empatica E4 exports: a zip or a folder with BVP.csv, EDA.csv, TEMP.csv and ACC.csv.

The first line of each is the start (Unix time), the second the rate. HR, IBI and tags are passed over: the first two are made
by a closed algorithm, the third has no times within the recording that a format would state.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.sources.replay.recording import Signal, reading
from edge_emotion.types import Modality
from edge_emotion_train.datasets.npz import E4_COUNTS_PER_G
from edge_emotion_train.datasets.signals import series

FILES: Mapping[str, Modality] = {
    "BVP.csv": Modality.BVP,
    "EDA.csv": Modality.EDA,
    "ACC.csv": Modality.ACC,
    "TEMP.csv": Modality.TEMP,
}
NEEDED = ("BVP.csv", "EDA.csv")
LARGEST_FILE = 2**30


def is_e4(path: Path) -> bool:
    """Whether ``path`` is an export: a folder, or a zip, that holds the needed files."""
    if path.is_dir():
        return all((path / name).is_file() for name in NEEDED)
    return path.suffix.lower() == ".zip" and path.is_file()


def read_e4(path: Path) -> tuple[Signal, ...]:
    """The signals on one time axis, which begins with the earliest of them.

    Raises
    ------
    RecordingError
        If a needed file is not there, or one is damaged.
    """
    with reading(path):
        texts = _from_folder(path) if path.is_dir() else _from_zip(path)
        missing = [name for name in NEEDED if name not in texts]
        if missing:
            raise RecordingError(f"{path} lacks {', '.join(missing)}: it is no export of an Empatica E4")
        tables = {name: _table(path, name, text) for name, text in texts.items()}
    begin = min(start for start, _, _ in tables.values())
    return tuple(
        series(modality, tables[name][1], tables[name][2], start_s=tables[name][0] - begin)
        for name, modality in FILES.items()
        if name in tables
    )


def e4_files(path: Path) -> list[Path]:
    """The files that the recording consists of."""
    return [path] if path.is_file() else [path / name for name in FILES]


def _from_folder(path: Path) -> dict[str, bytes]:
    return {name: (path / name).read_bytes() for name in FILES if (path / name).is_file()}


def _from_zip(path: Path) -> dict[str, bytes]:
    texts: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = entry.filename.rpartition("/")[2]
            if name in FILES and name not in texts:
                if entry.file_size > LARGEST_FILE:
                    raise RecordingError(
                        f"{path}: {name} unpacks to {entry.file_size} bytes; at most {LARGEST_FILE}"
                    )
                texts[name] = archive.read(entry)
    return texts


def _table(path: Path, name: str, text: bytes) -> tuple[float, float, NDArray[np.float64]]:
    """Start, rate and values."""
    rows = np.loadtxt(io.BytesIO(text), delimiter=",", ndmin=2)
    if len(rows) < 3:
        raise RecordingError(f"{path}: {name} holds {len(rows)} lines: start, rate and samples are needed")
    start, rate_hz, values = float(rows[0, 0]), float(rows[1, 0]), rows[2:]
    if not (0 < rate_hz <= 1000):
        raise RecordingError(f"{path}: {name} has a rate of {rate_hz:g} Hz in its second line")
    if FILES[name] is Modality.ACC:
        return start, rate_hz, values / E4_COUNTS_PER_G
    return start, rate_hz, values[:, 0]
