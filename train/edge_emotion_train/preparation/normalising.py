"""Fold-specific normalisation: statistics of the training people, applied by the runtime's own `Normaliser`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import ChannelScaling, NormalisationSpec
from edge_emotion.errors import InputError
from edge_emotion.runtime.normalise import PRESENT, role_of
from edge_emotion.runtime.views import compressed
from edge_emotion.signals.features import CARDIAC_FEATURES, EDA_FEATURES
from edge_emotion.types import NS_PER_S, Role
from edge_emotion_train.preparation.labelling import UNLABELLED, LabelOf, label_windows
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.preparation.walking import Walk
from edge_emotion_train.preparation.windows import WindowSet, join
from edge_emotion_train.pretraining.moments import moments_of
from edge_emotion_train.recipe import ReferenceSettings

Doubles = NDArray[np.float64]
Inputs = Mapping[str, NDArray[np.float32]]
"""Model inputs of one window, by name."""

SMALLEST_SCALE = 1e-3
"""A channel that never moves in the training data must not divide by zero."""

_LINEAR = 0.0

COMPRESSION: Mapping[str, tuple[float, ...]] = {
    "cardiac": (_LINEAR, 20.0),  # ms: beat-to-beat change
    "eda": (0.05, 0.05),  # uS: level and phasic part; fingers conduct ten times what wrists do
    "cardiac_features": (_LINEAR,) * len(CARDIAC_FEATURES),
    "eda_features": tuple(
        {"level_slope_us_per_min": 0.1, "mean_phasic_us": 0.05}.get(name, _LINEAR) for name in EDA_FEATURES
    ),
}
"""Knee of each channel, about its noise floor; the other features that span decades are logarithms already."""

TENSORS = ("cardiac", "eda", "cardiac_features", "eda_features")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledWindows:
    """Labelled model inputs and what belongs to them.

    Parameters
    ----------
    minutes
        Since the recording began, shape (N,): for the clock-only row.
    rests
        The people's own rests, at most a window each 5 s, as a device keeps them for a threshold of the wearer's own.
    """

    windows: WindowSet
    minutes: Doubles
    rests: WindowSet

    def __len__(self) -> int:
        return len(self.windows)


def join_labelled(parts: Iterable[LabelledWindows]) -> LabelledWindows:
    """One after the other; raises `InputError` if nothing is there."""
    kept = list(parts)
    return LabelledWindows(
        windows=join(p.windows for p in kept),
        minutes=np.concatenate([p.minutes for p in kept]),
        rests=join(p.rests for p in kept),
    )


def fit_normalisation(
    training: Sequence[PreparedRecording], settings: ReferenceSettings, minimum_quality: float
) -> NormalisationSpec:
    """Statistics of ``training`` alone; each recording weighs the same, however long it is.

    Raises
    ------
    InputError
        If a role has no usable window in any of the recordings.
    """
    return NormalisationSpec(
        reference_s=settings.reference_s,
        minimum_good_share=settings.minimum_good_share,
        prior_windows=settings.prior_windows,
        limit=settings.limit,
        without_reference=settings.without_reference,
        scaling=tuple(_scaling(name, training, minimum_quality) for name in TENSORS),
    )


def _scaling(name: str, training: Sequence[PreparedRecording], minimum_quality: float) -> ChannelScaling:
    column = list(Role).index(role_of(name))
    ones = (1.0,) * len(COMPRESSION[name])
    plain = ChannelScaling(
        tensor=name, mean=ones, scale=ones, within_scale=ones, compression=COMPRESSION[name]
    )
    means, squares = [], []
    for recording in training:
        good = recording.complete & (recording.quality[:, column] >= minimum_quality)
        if not good.any():
            continue
        channels = compressed(np.moveaxis(recording.tensors[name][good], 1, 0), plain)
        rows = channels.reshape(len(channels), -1)
        known = ~np.isnan(rows)
        rows, count = np.where(known, rows, 0.0), known.sum(axis=1)
        with_any = np.where(
            count > 0, 1.0, np.nan
        )  # a strap tells no pulse height: others' recordings say what is usual
        means.append(with_any * rows.sum(axis=1) / np.maximum(count, 1))
        squares.append(with_any * (rows**2).sum(axis=1) / np.maximum(count, 1))
    if not means:
        raise InputError(
            f"no training recording has a usable window for {name}: lower minimum_quality in the recipe"
        )
    mean = _mean_of_known(np.array(means))
    total = _mean_of_known(np.array(squares)) - mean**2
    within = _mean_of_known(np.array(squares) - np.array(means) ** 2)
    return msgspec.structs.replace(
        plain, mean=tuple(mean.tolist()), scale=_deviation(total), within_scale=_deviation(within)
    )


def _mean_of_known(values: Doubles) -> Doubles:
    """Over the first axis, without NaN; 0 where nothing is known."""
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _deviation(variance: Doubles) -> tuple[float, ...]:
    deviation: list[float] = np.maximum(np.sqrt(np.maximum(variance, 0.0)), SMALLEST_SCALE).tolist()
    return tuple(deviation)


def label_recording(
    recording: PreparedRecording,
    spec: NormalisationSpec,
    minimum_quality: float,
    mapping: LabelOf,
    labels: Sequence[str],
    *,
    stride: int = 1,
) -> LabelledWindows | None:
    """Model inputs of the windows that begin after the wearer's reference was complete; ``None`` if there is none.

    Parameters
    ----------
    mapping
        Which class an interval counts for.
    stride
        Take every ``stride``-th window after the reference: neighbours share most of their samples.
    """
    classes = label_windows(
        recording.start_ns / NS_PER_S, recording.end_ns / NS_PER_S, recording.intervals, mapping, labels
    )
    walk = Walk(recording, spec, minimum_quality)
    taken: list[int] = []
    inputs: list[Inputs] = []
    frozen = False
    for index in range(len(recording)):
        scored = walk.ready_ns is not None and recording.start_ns[index] >= walk.ready_ns
        # With both references frozen, windows that nobody wants need not be normalised.
        if frozen and scored and (classes[index] == UNLABELLED or index % stride):
            continue
        result = walk.push(index)
        if result is None:
            continue
        frozen = frozen or bool(result.inputs[PRESENT].all())
        if scored and classes[index] != UNLABELLED and index % stride == 0:
            taken.append(index)
            inputs.append(result.inputs)
    return labelled_windows(recording, taken, inputs, classes, walk.at_rest) if taken else None


def labelled_windows(
    recording: PreparedRecording,
    taken: Sequence[int],
    inputs: Sequence[Inputs],
    classes: NDArray[np.int64],
    at_rest: Sequence[Inputs],
) -> LabelledWindows:
    """The windows ``taken`` of a recording as arrays.

    Parameters
    ----------
    taken, inputs
        Index of each window in the recording, at least one, and its model inputs.
    classes
        Class of every window of the recording.
    at_rest
        Model inputs of the person's rest.
    """
    windows = WindowSet(
        inputs=_stacked(inputs, like=inputs[0]),
        labels=classes[taken],
        people=np.full(len(taken), recording.person),
        moments=moments_of(recording)[taken],
    )
    rests = WindowSet(
        inputs=_stacked(at_rest, like=inputs[0]),
        labels=np.full(len(at_rest), UNLABELLED),
        people=np.full(len(at_rest), recording.person),
    )
    return LabelledWindows(windows=windows, minutes=recording.end_ns[taken] / (60 * NS_PER_S), rests=rests)


def _stacked(rows: Sequence[Inputs], like: Inputs) -> dict[str, NDArray[np.float32]]:
    return {
        name: np.array([row[name] for row in rows], np.float32).reshape(-1, *values.shape)
        for name, values in like.items()
    }
