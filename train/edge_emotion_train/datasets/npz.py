"""Empatica E4 recordings kept as npz: what both wrist sets share."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.protocol import Signal
from edge_emotion_train.datasets.signals import series

Arrays = Mapping[str, NDArray[np.generic]]


def read_arrays(path: Path, wanted: tuple[str, ...], welcome: tuple[str, ...] = ()) -> Arrays:
    """The arrays called ``wanted``, and of those called ``welcome`` the ones that are there.

    Raises
    ------
    RecordingError
        If the file cannot be read or lacks one.
    """
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            missing = [name for name in wanted if name not in archive.files]
            if missing:
                raise RecordingError(f"{path} lacks {', '.join(missing)}; it must hold {', '.join(wanted)}")
            there = [name for name in welcome if name in archive.files]
            return {name: archive[name] for name in (*wanted, *there)}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise RecordingError(f"{path} cannot be read as npz ({error}): restore it") from error


E4_ARRAYS = ("bvp", "bvp_fs", "eda", "eda_fs")
E4_MOTION = ("acc", "acc_fs")
E4_COUNTS_PER_G = 64.0


def e4_signals(arrays: Arrays, *, eda_start_s: float = 0.0) -> tuple[Signal, ...]:
    """Wrist pulse, skin conductance and, where it was kept, the wrist's acceleration."""
    pulse = series(Modality.BVP, float(arrays["bvp_fs"]), arrays["bvp"])
    eda = series(Modality.EDA, float(arrays["eda_fs"]), arrays["eda"], start_s=eda_start_s)
    if not all(key in arrays for key in E4_MOTION):
        return pulse, eda
    acc_g = np.asarray(arrays["acc"], np.float32) / np.float32(E4_COUNTS_PER_G)
    return pulse, eda, series(Modality.ACC, float(arrays["acc_fs"]), acc_g)


def cropped(signal: Signal, begin_s: float) -> Signal:
    """The signal from ``begin_s`` on, which becomes the recording's start."""
    rate_hz = signal.rate_hz or 1.0
    skip = max(0, int(np.ceil((begin_s - signal.start_s) * rate_hz)))
    return replace(signal, start_s=signal.start_s + skip / rate_hz - begin_s, values=signal.values[skip:])
