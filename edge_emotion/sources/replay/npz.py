"""NumPy archives: this project's own recordings, and those with the Empatica layout.

Own layout
----------
``ecg_mv``, ``eda_us``, ``bvp``: series of shape (n,), ``acc_g`` of shape (n, 3), each with its rate
(``ecg_rate_hz``, ``eda_rate_hz``, ``bvp_rate_hz``, ``acc_rate_hz``) and optionally its start (``ecg_start_s``, ..., 0 if absent).
``rr_ms`` with ``rr_time_s``: intervals and the times of the beats that end them. ``phase_names`` (text) with
``phase_times_s`` of shape (phases, 2): what happened when. Other keys are passed over.

Empatica layout
---------------
``bvp``, ``bvp_fs``, ``eda``, ``eda_fs``, optionally ``eda_start`` and ``bvp_start`` in s, ``acc`` of shape (n, 3) in 1/64 g with
``acc_fs``, ``ibi`` of shape (n, 2) [time s, interval s], ``intervals`` of shape (n, 3) [start s, end s, WESAD label],
``stress_intervals`` of shape (n, 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from edge_emotion.errors import RecordingError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.sources.replay.recording import Recording, Signal, reading, regular_signal, rr_signal
from edge_emotion.types import Modality

OWN_KEYS: Mapping[Modality, tuple[str, str]] = {
    Modality.ECG: ("ecg_mv", "ecg"),
    Modality.EDA: ("eda_us", "eda"),
    Modality.BVP: ("bvp", "bvp"),
    Modality.ACC: ("acc_g", "acc"),
}
EMPATICA_COUNTS_PER_G = 64.0
WESAD_LABELS = {1: "baseline", 2: "stress", 3: "amusement", 4: "meditation"}

_HEADS = (b"PK", b"\x93NUMPY")
_HEAD_BYTES = 6
Archive = Mapping[str, NDArray[np.generic]]


def read_npz(path: Path) -> Recording:
    """Read an archive of either layout.

    Raises
    ------
    RecordingError
        If it is damaged, holds pickled objects, or none of the known keys.
    """
    with reading(path), _plain(path), path.open("rb") as file:
        if not file.read(_HEAD_BYTES).startswith(_HEADS):
            raise RecordingError(
                f"{path}: is no NumPy archive, whatever its name says; make one with np.savez, or give it its own suffix"
            )
        file.seek(0)
        loaded = np.load(file, allow_pickle=False)
        if not isinstance(loaded, NpzFile):
            raise RecordingError(
                f"{path}: is a single array; an archive with named arrays (np.savez) is needed"
            )
        with loaded as archive:
            empatica = "bvp_fs" in archive or "eda_fs" in archive
            signals = _empatica(path, archive) if empatica else _own(path, archive)
            intervals = _intervals(path, archive)
            found = ", ".join(list(archive)[:20])
    if not signals:
        raise RecordingError(
            f"{path}: holds none of ecg_mv, eda_us, bvp (with *_rate_hz), rr_ms, nor bvp_fs, eda_fs; "
            f"its keys are {found or 'none'}"
        )
    return Recording(name=path.stem, signals=tuple(signals), intervals=intervals)


@contextmanager
def _plain(path: Path) -> Iterator[None]:
    """Say what numpy's advice to allow pickles would hide: such a file is a program."""
    try:
        yield
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise RecordingError(
            f"{path}: holds Python objects, which are not read because reading them may run code; "
            "save plain arrays of numbers with np.savez"
        ) from None


def write_npz(
    path: Path, recording: Recording, truth: Mapping[str, NDArray[np.float64]] | None = None
) -> None:
    """Write a recording in the own layout.

    Parameters
    ----------
    truth
        Further arrays by name, such as the true beats of a simulation; readers pass over them.
    """
    arrays: dict[str, NDArray[np.generic]] = dict(truth or {})
    for signal in recording.signals:
        if signal.times_s is not None:
            arrays |= {"rr_ms": signal.values, "rr_time_s": signal.times_s}
            continue
        values, prefix = OWN_KEYS[signal.modality]
        arrays[values] = signal.values
        arrays[f"{prefix}_rate_hz"] = np.array(signal.rate_hz)
        arrays[f"{prefix}_start_s"] = np.array(signal.start_s)
    if recording.intervals:
        arrays["phase_names"] = np.array([i.label for i in recording.intervals])
        arrays["phase_times_s"] = np.array([(i.start_s, i.end_s) for i in recording.intervals])
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _own(path: Path, archive: Archive) -> list[Signal]:
    signals = []
    for modality, (key, prefix) in OWN_KEYS.items():
        if key in archive:
            rate_hz = _scalar(path, archive, f"{prefix}_rate_hz", None)
            start_s = _scalar(path, archive, f"{prefix}_start_s", 0.0)
            signals.append(regular_signal(path, modality, archive[key], rate_hz, start_s))
    if "rr_ms" in archive:
        if "rr_time_s" not in archive:
            raise RecordingError(
                f"{path}: rr_ms needs rr_time_s, the time of the beat that ends each interval"
            )
        signals.append(rr_signal(path, archive["rr_ms"], archive["rr_time_s"]))
    return signals


def _empatica(path: Path, archive: Archive) -> list[Signal]:
    signals = []
    for modality in (Modality.BVP, Modality.EDA):
        if modality in archive:
            rate_hz = _scalar(path, archive, f"{modality}_fs", None)
            start_s = _scalar(path, archive, f"{modality}_start", 0.0)
            signals.append(regular_signal(path, modality, archive[modality], rate_hz, start_s))
    if "acc" in archive and "acc_fs" in archive:
        acc_g = np.asarray(archive["acc"], np.float32) / np.float32(EMPATICA_COUNTS_PER_G)
        start_s = _scalar(path, archive, "acc_start", 0.0)
        signals.append(
            regular_signal(path, Modality.ACC, acc_g, _scalar(path, archive, "acc_fs", None), start_s)
        )
    if "ibi" in archive:
        ibi = archive["ibi"]
        if ibi.ndim == 2 and ibi.shape[1] == 2 and len(ibi):
            signals.append(rr_signal(path, ibi[:, 1] * 1000, ibi[:, 0]))
    return signals


def _intervals(path: Path, archive: Archive) -> tuple[LabelledInterval, ...]:
    if "phase_names" in archive and "phase_times_s" in archive:
        names, times_s = archive["phase_names"], archive["phase_times_s"]
        if times_s.shape != (len(names), 2):
            raise RecordingError(
                f"{path}: phase_times_s has the shape {times_s.shape}, wanted ({len(names)}, 2)"
            )
        return _labelled([(float(a), float(b), str(n)) for n, (a, b) in zip(names, times_s, strict=True)])
    if "intervals" in archive:
        rows = [(float(a), float(b), int(c)) for a, b, c in archive["intervals"]]
        return _labelled([(a, b, WESAD_LABELS.get(code, f"label {code}")) for a, b, code in rows])
    if "stress_intervals" in archive:
        return _labelled([(float(a), float(b), "stress") for a, b in archive["stress_intervals"]])
    return ()


def _labelled(rows: list[tuple[float, float, str]]) -> tuple[LabelledInterval, ...]:
    return tuple(LabelledInterval(label=label, start_s=start, end_s=end) for start, end, label in rows)


def _scalar(path: Path, archive: Archive, key: str, default: float | None) -> float:
    if key not in archive:
        if default is None:
            raise RecordingError(f"{path}: lacks {key}, the sampling rate in Hz")
        return default
    return float(archive[key])
