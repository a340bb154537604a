"""Skin conductance of six people with the decomposition that cvxEDA made of it, and what counts as a response there.

Set: PhysioNet "noneeg" (8 Hz), decomposed by Wickramasuriya, Amin & Faghih (2019) with cvxEDA at 2 Hz. No person saw the
signals: cvxEDA is a second opinion, not the truth. An event is a peak of its phasic component that rises by a threshold from the
trough before it. Two readings of "the same events":

- strict: the same threshold for both sides. A response of 0.019 uS here and 0.021 uS there is then a miss or a false alarm.
- graded: an event of at least 0.05 uS on one side must have one of at least 0.02 uS on the other.

An event's size is its rise from the trough before, on both sides. Our own amplitude, the height above what the level would have
done without the response, is larger wherever responses overlap or the level falls: with it, graded compares two different things.
That amplitude still decides which of our events count at all (0.02 uS): a smaller rise is taken as 0.02.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scoring import Times, f1, score

Signal = NDArray[np.float64]
Events = NDArray[np.float64]
"""Shape (n, 2): peak time in s, amplitude in uS."""

TUNED = (1, 8, 12)
JUDGED = (5, 9, 16)
"""People that no parameter was chosen on."""

RECORDING_HZ, REFERENCE_HZ = 8, 2
FOUND_US, CLEAR_US = 0.02, 0.05
SETTLING_S = 30
TOLERANCE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Recording at 8 Hz; cvxEDA's components at 2 Hz."""

    eda_us: Signal
    tonic_us: Signal
    phasic_us: Signal


def load(data: Path) -> dict[int, Person]:
    """All people by number, from the folder that holds ``eda_reference``."""
    folder = data / "eda_reference"
    path = folder / "Deconvolution_on_Experimental_data.mat"
    subjects = loadmat(path, squeeze_me=True, struct_as_record=False)["subject"]
    people: dict[int, Person] = {}
    for subject in subjects:
        with np.load(folder / f"S{subject.ID:02d}.npz", allow_pickle=False) as file:
            eda_us = file["eda"].astype(np.float64)
        people[int(subject.ID)] = Person(
            eda_us=eda_us, tonic_us=subject.tonic_from_cvx_EDA, phasic_us=subject.phasic_from_cvx_EDA
        )
    return people


def phasic_peaks(phasic_us: Signal, rate_hz: float, threshold_us: float) -> Events:
    """Peaks that rise by the threshold from the lowest value since the peak before."""
    found: list[tuple[float, float]] = []
    low, high, at = float(phasic_us[0]), -np.inf, -1
    for n, value in enumerate(phasic_us.tolist()):
        if at < 0:
            low = min(low, value)
            if value - low >= threshold_us:
                high, at = value, n
        elif value > high:
            high, at = value, n
        elif high - value > 1e-9:
            found.append((at / rate_hz, high - low))
            low, at = value, -1
    return np.array(found, dtype=np.float64).reshape(-1, 2)


Finder = Callable[[Signal, int], Events]


def agreement(people: Mapping[int, Person], finder: Finder) -> dict[str, object]:
    """Strict and graded F1, pooled over the people, and how many events each side has."""
    strict, recall, precision = [], [], []
    events = [0, 0]
    for person in people.values():
        theirs = phasic_peaks(person.phasic_us, REFERENCE_HZ, FOUND_US)
        ours = finder(person.eda_us, RECORDING_HZ)
        ours = ours[ours[:, 1] >= FOUND_US]
        events = [events[0] + len(theirs), events[1] + len(ours)]
        strict.append(score(theirs[:, 0], ours[:, 0], TOLERANCE_S))
        recall.append(score(_clear(theirs), ours[:, 0], TOLERANCE_S))
        precision.append(score(theirs[:, 0], _clear(ours), TOLERANCE_S))
    found = sum(s.hits for s in recall) / max(1, sum(s.hits + s.missed for s in recall))
    right = sum(s.hits for s in precision) / max(1, sum(s.hits + s.false for s in precision))
    return {
        "strict_f1": f1(strict),
        "graded_f1": 2 * found * right / max(1e-9, found + right),
        "graded_recall": found,
        "graded_precision": right,
        "events": {"cvxeda": events[0], "found": events[1]},
    }


def tonic_agreement(people: Mapping[int, Person], tonic: Callable[[Signal, int], Signal]) -> dict[str, float]:
    """Median over people of the correlation with cvxEDA's tonic component and of the mean absolute error."""
    correlations, errors = [], []
    for person in people.values():
        ours = tonic(person.eda_us, RECORDING_HZ)
        t = np.arange(SETTLING_S, len(person.tonic_us) / REFERENCE_HZ - 1, 1 / REFERENCE_HZ)
        found = np.interp(t, np.arange(len(ours)) * len(person.eda_us) / len(ours) / RECORDING_HZ, ours)
        reference = person.tonic_us[np.round(t * REFERENCE_HZ).astype(int)]
        correlations.append(float(np.corrcoef(found, reference)[0, 1]))
        errors.append(float(np.abs(found - reference).mean()))
    return {"correlation": float(np.median(correlations)), "mae_us": float(np.median(errors))}


def _clear(events: Events) -> Times:
    times: Times = events[events[:, 1] >= CLEAR_US][:, 0]
    return times
