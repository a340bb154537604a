"""Calibration windows from anyone's own recordings, through the chain and the normalisation that the run was trained with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_emotion.errors import InputError
from edge_emotion.runtime.normalise import Normaliser
from edge_emotion.types import FloatArray
from edge_emotion_export.proof.reference import reference_of
from edge_emotion_train.datasets.recordings import Recordings
from edge_emotion_train.preparation.recordings import PreparedRecording, prepare
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.runs.record import Run


def windows_of_recordings(run: Run, folder: Path) -> WindowSet:
    """Every window behind the wearer's reference; where nobody labelled them, their class is what the network says.

    Parameters
    ----------
    folder
        As `edge_emotion_train.datasets.recordings` reads it; files of intervals are not needed.

    Raises
    ------
    RecordingError
        If a recording cannot be read.
    InputError
        If none of them has a window behind its reference.
    """
    if not folder.is_dir():
        raise InputError(f"--calibrate {folder} is no folder; give one of recordings (docs/recordings.md)")
    recordings = Recordings(folder.parent, folder)
    inputs: list[dict[str, FloatArray]] = []
    people: list[str] = []
    for name in recordings.names():
        recording = prepare(recordings.load(name), run.record.signals)
        found = _normalised(run, recording)
        inputs += found
        people += [recording.person] * len(found)
    if not inputs:
        raise InputError(
            f"no recording in {folder} has a window behind its reference of {run.record.normalisation.reference_s:g} s: "
            "give longer recordings, or leave --calibrate out"
        )
    windows = WindowSet(
        inputs={name: np.stack([i[name] for i in inputs]) for name in inputs[0]},
        labels=np.zeros(len(inputs), np.int64),
        people=np.array(people),
    )
    said = reference_of(run.model, windows, run.record.decision.temperature).probabilities.argmax(axis=1)
    return WindowSet(inputs=windows.inputs, labels=said, people=windows.people)


def _normalised(run: Run, recording: PreparedRecording) -> list[dict[str, FloatArray]]:
    names = [declared.name for declared in run.model.inputs]
    normaliser = Normaliser(run.record.normalisation, run.record.decision.minimum_quality)
    results = (normaliser.push(recording.window(i)) for i in range(len(recording)))
    return [{n: r.inputs[n] for n in names} for r in results if r.reference_ready]
