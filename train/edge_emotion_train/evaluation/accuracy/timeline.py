"""A recording as the device meets it: every usable window after the reference, labelled or not, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.runtime.normalise import PRESENT
from edge_emotion.types import NS_PER_S
from edge_emotion_train.preparation.labelling import UNLABELLED, label_windows
from edge_emotion_train.preparation.normalising import Inputs, LabelledWindows, labelled_windows
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.walking import Walk


def timeline(
    recording: PreparedRecording,
    spec: NormalisationSpec,
    minimum_quality: float,
    classes: Mapping[str, str],
    labels: Sequence[str],
    *,
    from_s: float,
    smoothing_windows: int,
) -> LabelledWindows | None:
    """Model inputs of the windows that begin after the reference and after ``from_s``; ``None`` if there is none.

    A window outside of the labelled intervals keeps `UNLABELLED`: the device smooths over it too. Those that no labelled window
    is smoothed with are left out.

    Parameters
    ----------
    classes
        Class name by interval name.
    from_s
        Start of what is judged, the same whatever the length of the reference.
    smoothing_windows
        How many windows the device averages.
    """
    truth = label_windows(
        recording.start_ns / NS_PER_S, recording.end_ns / NS_PER_S, recording.intervals, classes, labels
    )
    wanted = _smoothed_over(truth, smoothing_windows)
    walk = Walk(recording, spec, minimum_quality)
    taken: list[int] = []
    inputs: list[Inputs] = []
    for index in range(len(recording)):
        ready_ns = 0 if walk.ready_ns is not None and spec.reference_s == 0 else walk.ready_ns
        scored = ready_ns is not None and recording.start_ns[index] >= max(ready_ns, from_s * NS_PER_S)
        result = walk.push(index)
        if result is None:
            continue
        if scored and wanted[index] and result.inputs[PRESENT].any():
            taken.append(index)
            inputs.append(result.inputs)
    if not (truth[taken] != UNLABELLED).any():
        return None
    return labelled_windows(recording, taken, inputs, truth, walk.at_rest)


def _smoothed_over(truth: NDArray[np.int64], smoothing_windows: int) -> NDArray[np.bool_]:
    """Which windows are labelled, or are followed by a labelled one so closely that it is smoothed with them."""
    labelled = np.flatnonzero(truth != UNLABELLED)
    own = np.arange(len(truth))
    following = np.append(labelled, own.size + smoothing_windows)[np.searchsorted(labelled, own)]
    return np.asarray(following - own < smoothing_windows, np.bool_)


def labelled_part(windows: LabelledWindows) -> NDArray[np.bool_]:
    """Shape (N,): which windows are judged."""
    return np.asarray(windows.windows.labels != UNLABELLED, np.bool_)


def smoothed(
    probabilities: NDArray[np.float64], windows: LabelledWindows, count: int, hop_s: float
) -> NDArray[np.float64]:
    """The mean over the last ``count`` windows, as `edge_emotion.runtime.decision.Decider` takes it.

    It begins anew for each person and after a break: an abstention makes the device forget.

    Parameters
    ----------
    probabilities
        Shape (N, classes), windows of a person in order.
    hop_s
        Distance of neighbouring windows.
    """
    same = windows.windows.people[1:] == windows.windows.people[:-1]
    near = np.abs(np.diff(windows.minutes) * 60 - hop_s) < hop_s / 2
    starts = np.flatnonzero(np.concatenate([[True], ~(same & near)]))
    run = np.repeat(starts, np.diff(np.concatenate([starts, [len(probabilities)]])))
    first = np.maximum(np.arange(len(probabilities)) - count + 1, run)
    sums = np.concatenate([np.zeros((1, probabilities.shape[1])), np.cumsum(probabilities, axis=0)])
    last = np.arange(1, len(probabilities) + 1)
    return np.asarray((sums[last] - sums[first]) / (last - first)[:, None])
