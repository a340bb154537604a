"""Names and units of a signal's channels in other formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edge_emotion.sources.replay.recording import Signal
from edge_emotion.types import FloatArray, Modality

UNIT: Mapping[Modality, str] = {
    Modality.ECG: "mV",
    Modality.EDA: "uS",
    Modality.BVP: "",
    Modality.RR: "ms",
    Modality.ACC: "g",
    Modality.EEG: "uV",
    Modality.RESP: "",
    Modality.TEMP: "degC",
}


def channels(signal: Signal) -> Iterator[tuple[str, FloatArray]]:
    """Label and values of each channel, such as ``ECG`` or ``ACC X``."""
    if signal.values.ndim == 1:
        yield signal.modality.upper(), signal.values
        return
    for index, values in enumerate(signal.values.T):
        axis = "XYZ"[index] if signal.modality is Modality.ACC and index < 3 else str(index + 1)
        yield f"{signal.modality.upper()} {axis}", values
