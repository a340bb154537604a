"""WFDB records (PhysioNet) through wfdb, which comes with the extra ``wfdb``.

Channels keep their own rates. A skin-conductance channel whose header names a unit of voltage is taken as uS: drivedb's headers
do that, and its documentation says what they mean (Healey & Picard 2005).
"""

from __future__ import annotations

from pathlib import Path

from edge_emotion.errors import MissingExtraError, RecordingError
from edge_emotion.sources.replay.channels import UNITS, find_channel, to_unit
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.sources.replay.recording import Recording, reading, regular_signal
from edge_emotion.types import Modality


def read_wfdb(path: Path, options: ReadOptions) -> Recording:
    """Read a record by its path without suffix (or by its ``.hea`` file).

    Raises
    ------
    MissingExtraError
        If wfdb is not installed.
    RecordingError
        If the header or a signal file is missing or damaged, or no channel has a usual label.
    """
    record_path = path.with_suffix("") if path.suffix == ".hea" else path
    try:
        import wfdb
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "wfdb", "wfdb") from None
    with reading(record_path):
        record = wfdb.rdrecord(str(record_path), smooth_frames=False)
        labels = list(record.sig_name or ())
        signals = []
        for modality in (Modality.ECG, Modality.EDA, Modality.BVP):
            index = find_channel(record_path, labels, modality, options)
            if index is not None:
                factor = _factor(record_path, modality, record.units[index])
                rate_hz = float(record.fs * record.samps_per_frame[index])
                values = record.e_p_signal[index] * factor
                signals.append(regular_signal(record_path, modality, values, rate_hz))
    if not signals:
        raise RecordingError(
            f"{record_path}: no channel is named ECG, EDA, GSR, BVP or PPG; its channels are {', '.join(labels) or 'none'}; "
            "name them with --ecg-channel and --eda-channel"
        )
    return Recording(name=record_path.name, signals=tuple(signals))


def _factor(path: Path, modality: Modality, unit: str) -> float:
    voltage = unit.strip().lower() in UNITS[Modality.ECG]
    return 1.0 if modality is Modality.EDA and voltage else to_unit(path, modality, unit)
