"""EDF, EDF+ and BDF through edfio."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_emotion.errors import RecordingError
from edge_emotion.intervals import LabelledInterval
from edge_emotion.sources.replay.acceleration import axis_channels, stack_axes
from edge_emotion.sources.replay.channels import find_channel, to_unit
from edge_emotion.sources.replay.options import ReadOptions
from edge_emotion.sources.replay.recording import Recording, Signal, reading, regular_signal
from edge_emotion.types import Modality


def read_edf(path: Path, options: ReadOptions) -> Recording:
    """Read the ECG, EDA, BVP and acceleration channels and the annotations that have a duration.

    Raises
    ------
    RecordingError
        If the file is damaged, is discontinuous (EDF+D), or has no channel with a usual label.
    """
    with reading(path), path.open("rb") as raw:
        # edfio costs 50 ms to import; only this format needs it.
        from edfio import read_bdf, read_edf

        file = (read_bdf if path.suffix.lower() == ".bdf" else read_edf)(raw, lazy_load_data=False)
        if not file.is_continuous:
            raise RecordingError(f"{path}: is a discontinuous EDF+D file; write it as EDF+C with gaps filled")
        labels = [signal.label for signal in file.signals]
        signals = []

        def read(modality: Modality, index: int) -> Signal:
            channel = file.signals[index]
            values = np.asarray(channel.data) * to_unit(path, modality, channel.physical_dimension)
            return regular_signal(path, modality, values, float(channel.sampling_frequency))

        for modality in (Modality.ECG, Modality.EDA, Modality.BVP):
            index = find_channel(path, labels, modality, options)
            if index is not None:
                signals.append(read(modality, index))
        axes = axis_channels(labels)
        if signals and axes:
            signals.append(stack_axes(path, [read(Modality.ACC, index) for index in axes]))
        spans = [(a.onset, a.duration, a.text) for a in file.annotations if a.duration]
    if not signals:
        raise RecordingError(
            f"{path}: no channel is labelled ECG, EDA, GSR, BVP or PPG; its channels are {', '.join(labels) or 'none'}; "
            "name them with --ecg-channel and --eda-channel"
        )
    intervals = tuple(
        LabelledInterval(label=text, start_s=at, end_s=at + length) for at, length, text in spans
    )
    return Recording(name=path.stem, signals=tuple(signals), intervals=intervals)
