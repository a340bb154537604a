"""Guards against leaks: each takes what a split or a procedure declares or does, and refuses it with the leak's name.

The tests plant a leak for each of them. People are checked where splits are made; the others are for tests of a procedure
and for whoever adds one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.errors import GateError, UsageError
from edge_emotion.types import NS_PER_S
from edge_emotion_train.datasets import Recording, Signal
from edge_emotion_train.preparation.labelling import PURITY, UNLABELLED, label_windows
from edge_emotion_train.preparation.normalising import fit_normalisation
from edge_emotion_train.preparation.recordings import PreparedRecording
from edge_emotion_train.recipe import ReferenceSettings

Doubles = NDArray[np.float64]

ROUNDING = 1e-5
"""torch adds up in another order when a batch has another size; the chain itself repeats every bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """When windows lie and whose they are: shape (N,) each; times in seconds of the person's recording."""

    people: NDArray[np.str_]
    start_s: Doubles
    end_s: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What a procedure says, shape (N, anything), and the ends of the windows that it is about, shape (N,)."""

    end_ns: NDArray[np.int64]
    values: NDArray[np.floating]


def require_disjoint(training: Iterable[str], test: Iterable[str], *, learned: str = "trained on") -> None:
    """Nobody may be learned from and judged: pass everyone of *every* learning stage, pre-training included.

    Raises
    ------
    UsageError
        With the people on both sides.
    """
    both = sorted(set(training) & set(test))
    if both:
        raise UsageError(f"{', '.join(both)} would be {learned} and judged: split by person")


def require_apart(training: Spans, test: Spans) -> None:
    """No judged window may share a sample with a training window, where one person's time is split (personal calibration).

    Raises
    ------
    UsageError
        With the first overlapping pair's person and time.
    """
    for person in np.unique(test.people):
        ours, theirs = training.people == person, test.people == person
        starts, ends = training.start_s[ours], training.end_s[ours]
        for start_s, end_s in zip(test.start_s[theirs], test.end_s[theirs], strict=True):
            if np.any((starts < end_s) & (start_s < ends)):
                raise UsageError(
                    f"{person}: the judged window from {start_s:g} to {end_s:g} s overlaps a window that was learned from: "
                    "leave a window's length between the two sides"
                )


def require_pure(
    recording: PreparedRecording,
    classes: NDArray[np.int64],
    mapping: Mapping[str, str],
    labels: Sequence[str],
) -> None:
    """Every labelled window must lie in its class for 90 % of its time: at transitions the longest class is not the truth.

    Raises
    ------
    UsageError
        With the number of windows that do not.
    """
    pure = label_windows(
        recording.start_ns / NS_PER_S, recording.end_ns / NS_PER_S, recording.intervals, mapping, labels
    )
    wrong = (classes != UNLABELLED) & (classes != pure)
    if wrong.any():
        raise UsageError(
            f"{recording.name}: {int(wrong.sum())} windows carry a label that less than {PURITY:.0%} of them belongs to: "
            "drop windows at transitions"
        )


def require_fitted_on(
    spec: NormalisationSpec,
    training: Sequence[PreparedRecording],
    settings: ReferenceSettings,
    minimum_quality: float,
) -> None:
    """The normalisation must be that of the training people and of nobody else.

    Raises
    ------
    GateError
        If fitting it on ``training`` gives other numbers.
    """
    own = fit_normalisation(training, settings, minimum_quality)
    for found, expected in zip(spec.scaling, own.scaling, strict=True):
        if found != expected:
            raise GateError(
                f"the statistics of {found.tensor} are not those of the {len(training)} training recordings: "
                "fit the normalisation inside of the fold"
            )


def require_future_blind(
    procedure: Callable[[Recording], Timed], recording: Recording, cut_s: float, *, seed: int = 0
) -> None:
    """What is said at T may not change when the recording after T ends, goes silent, or goes on differently.

    Parameters
    ----------
    procedure
        All of it, from signals to what is judged: chain, normalisation, model.
    cut_s
        T, in seconds of the recording, with windows before and after it.

    Raises
    ------
    UsageError
        If no window ends before ``cut_s``: nothing would be checked.
    GateError
        If anything said up to T differs by more than rounding.
    """
    cut_ns = round(cut_s * NS_PER_S)
    whole = _until(procedure(recording), cut_ns)
    if not len(whole.end_ns):
        raise UsageError(f"{recording.name}: no window ends before {cut_s:g} s; cut later")
    for name, signals in _futures(recording, cut_s, np.random.default_rng(seed)).items():
        other = _until(procedure(replace(recording, signals=signals)), cut_ns)
        same = np.array_equal(whole.end_ns, other.end_ns)
        same = same and np.allclose(whole.values, other.values, rtol=0, atol=ROUNDING, equal_nan=True)
        if not same:
            raise GateError(
                f"{recording.name}: what is said before {cut_s:g} s changes when the recording {name} after it: "
                "something looks into the future"
            )


def _until(timed: Timed, cut_ns: int) -> Timed:
    before = timed.end_ns <= cut_ns
    return Timed(end_ns=timed.end_ns[before], values=timed.values[before])


def _taken_before(signal: Signal, cut_s: float) -> int:
    """How many samples, or beats, of ``signal`` lie before ``cut_s``."""
    if signal.times_s is not None:
        return int(np.searchsorted(signal.times_s, cut_s))
    return max(0, int(np.ceil((cut_s - signal.start_s) * (signal.rate_hz or 1.0))))


def _futures(
    recording: Recording, cut_s: float, random: np.random.Generator
) -> dict[str, tuple[Signal, ...]]:
    ends, silent, altered = [], [], []
    for signal in recording.signals:
        keep = _taken_before(signal, cut_s)
        past, future = signal.values[:keep], signal.values[keep:]
        times_s = None if signal.times_s is None else signal.times_s[:keep]
        ends.append(replace(signal, values=past, times_s=times_s))
        silent.append(replace(signal, values=np.concatenate([past, np.zeros_like(future)])))
        shuffled = random.permutation(future) * np.float32(3.0)
        altered.append(replace(signal, values=np.concatenate([past, shuffled])))
    return {"ends": tuple(ends), "goes silent": tuple(silent), "goes on differently": tuple(altered)}
