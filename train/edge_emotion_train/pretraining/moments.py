"""Which windows of different people were taken at the same moment of the same stimulus.

A stimulus is an interval of the protocol: its name, and the how-manieth of that name it is. A moment is as long as a
window.

This uses the protocol's timing and no class of the classifier, but it is not innocent: where the protocol is fixed, the
name of an interval decides its label, and telling moments apart is then in part telling labels apart, on the people who
are learned from. About anyone else it says nothing, so a board stays honest as long as pre-training sees training
people only. People who are tested on must come without interval names: `on_the_clock` puts their windows under the
time since the recording began, which is all that an unlabelled recording has, and which in a fixed protocol is the same
stimulus for everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge_emotion.types import NS_PER_S
from edge_emotion_train.datasets import Interval
from edge_emotion_train.preparation.labelling import PURITY
from edge_emotion_train.preparation.recordings import PreparedRecording

NO_MOMENT = ""
CLOCK = "clock"


def moments_of(recording: PreparedRecording) -> NDArray[np.str_]:
    """Name of each window's moment, shape (N,); empty where a window lies in no one interval."""
    start_s, end_s = recording.start_ns / NS_PER_S, recording.end_ns / NS_PER_S
    dataset = recording.name.split("/", maxsplit=1)[0]
    names = np.full(len(recording), NO_MOMENT, dtype=object)
    for stimulus, interval in _stimuli(recording.intervals):
        overlap_s = np.minimum(end_s, interval.end_s) - np.maximum(start_s, interval.start_s)
        inside = overlap_s >= PURITY * (end_s - start_s) - 1e-9
        number = np.maximum(0, (start_s - interval.start_s) // (end_s - start_s)).astype(np.int64)
        names[inside] = [f"{dataset}/{stimulus}@{n}" for n in number[inside]]
    return names.astype(np.str_)


def on_the_clock(recording: PreparedRecording) -> PreparedRecording:
    """The recording with one interval over all of it: what is known of someone whose labels must not be."""
    return replace(recording, intervals=(Interval(start_s=0.0, end_s=np.inf, name=CLOCK),))


def _stimuli(intervals: tuple[Interval, ...]) -> Iterator[tuple[str, Interval]]:
    seen: dict[str, int] = {}
    for interval in intervals:
        number = seen.get(interval.name, 0)
        seen[interval.name] = number + 1
        yield f"{interval.name}#{number}", interval
