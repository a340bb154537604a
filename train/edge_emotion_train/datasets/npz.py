"""Empatica E4 recordings kept as npz: what both wrist sets share."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.types import Modality
from edge_emotion_train.datasets.protocol import Signal

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


def e4_signals(arrays: Arrays, *, eda_start_s: float = 0.0, crop_s: float = 0.0) -> tuple[Signal, ...]:
    """Wrist pulse, skin conductance and, where it was kept, the wrist's acceleration, from ``crop_s`` on, which becomes the
    recording's start."""
    parts = ((Modality.BVP, "bvp", 0.0), (Modality.EDA, "eda", eda_start_s))
    pulse, eda = (_cropped(m, arrays[key], float(arrays[f"{key}_fs"]), s, crop_s) for m, key, s in parts)
    if not all(key in arrays for key in E4_MOTION):
        return pulse, eda
    acc_g = np.asarray(arrays["acc"], np.float32) / np.float32(E4_COUNTS_PER_G)
    return pulse, eda, _cropped(Modality.ACC, acc_g, float(arrays["acc_fs"]), 0.0, crop_s)


def _cropped(
    modality: Modality, values: NDArray[np.generic], rate_hz: float, start_s: float, crop_s: float
) -> Signal:
    skip = max(0, int(np.ceil((crop_s - start_s) * rate_hz)))
    return Signal(
        modality=modality,
        rate_hz=rate_hz,
        start_s=start_s + skip / rate_hz - crop_s,
        values=values[skip:].astype(np.float32),
    )
