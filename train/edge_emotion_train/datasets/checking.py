"""What is under ``--data``, opened recording by recording: durations, signals, quality, problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_emotion.errors import EdgeEmotionError
from edge_emotion.types import ROLE_OF, Role
from edge_emotion_train.datasets import DATASETS, Dataset, Interval, Recording, Signal, open_dataset
from edge_emotion_train.datasets.open_files import OpenSet, differing, open_sets
from edge_emotion_train.learning.progress import track
from edge_emotion_train.preparation.filters import design_signals
from edge_emotion_train.preparation.recordings import PreparedRecording, prepare_dataset

GOOD_QUALITY = 0.25
"""The shipped recipe's least quality of a window."""

MISSING_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCheck:
    """One recording.

    Parameters
    ----------
    labels
        Minutes by name of the labelled intervals.
    good
        Share of complete windows whose quality is good, by role; empty where windows were not made.
    problems
        What a person should look at; empty where there is nothing.
    """

    name: str
    person: str
    minutes: float
    signals: tuple[str, ...]
    labels: dict[str, float]
    good: dict[str, float]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCheck:
    """One data set; ``problems`` are those of the set as a whole."""

    name: str
    people: int
    recordings: tuple[RecordingCheck, ...]
    problems: tuple[str, ...]

    @property
    def count_problems(self) -> int:
        """Everything that a person should look at."""
        return len(self.problems) + sum(len(r.problems) for r in self.recordings)


def sets_found(data: Path) -> tuple[str, ...]:
    """Names of the sets that have a recording under ``data``."""
    found = []
    for name in DATASETS:
        try:
            if open_dataset(name, data).names():
                found.append(name)
        except EdgeEmotionError:  # the set is not there
            continue
    return tuple(found)


def check_files(data: Path) -> tuple[DatasetCheck, ...]:
    """Hashes of the open sets that are there."""
    there = (known for known in open_sets() if (data / known.folder).is_dir())
    return tuple(_hashes(known, data) for known in there)


def _hashes(known: OpenSet, data: Path) -> DatasetCheck:
    wrong = differing(known, data)
    problems = tuple(f"{known.folder}/{name}: is not the published file (SHA-256 differs)" for name in wrong)
    return DatasetCheck(name=f"{known.folder} files", people=0, recordings=(), problems=problems)


def check_dataset(name: str, data: Path, cache: Path, jobs: int) -> DatasetCheck:
    """Open every recording and run the chain over it; windows come from the cache where they are known.

    Raises
    ------
    EdgeEmotionError
        If the set as a whole cannot be opened.
    """
    dataset = open_dataset(name, data)
    names = dataset.names()
    opened = {n: _open(dataset, n) for n in track(names, f"opening {name}", len(names))}
    usable = [n for n, recording in opened.items() if isinstance(recording, Recording)]
    prepared = _prepared(dataset, usable, cache, jobs)
    rows = tuple(_row(f"{dataset.info.name}/{n}", opened[n], prepared.get(n)) for n in names)
    problems = () if names else (f"{name}: the folder holds no recording",)
    people = len({row.person for row in rows if row.person})
    return DatasetCheck(name=name, people=people, recordings=rows, problems=problems)


def _open(dataset: Dataset, name: str) -> Recording | str:
    try:
        return dataset.load(name)
    except EdgeEmotionError as error:
        return str(error)


def _prepared(
    dataset: Dataset, names: Sequence[str], cache: Path, jobs: int
) -> dict[str, PreparedRecording | str]:
    spec = design_signals()
    try:
        return dict(zip(names, prepare_dataset(dataset, names, spec, cache, jobs), strict=True))
    except EdgeEmotionError:
        pass
    # One of them cannot be prepared: find out which, the others are in the cache by now or soon will be.
    found: dict[str, PreparedRecording | str] = {}
    for name in names:
        try:
            found[name] = prepare_dataset(dataset, [name], spec, cache, 1)[0]
        except EdgeEmotionError as error:
            found[name] = str(error)
    return found


def _row(name: str, recording: Recording | str, prepared: PreparedRecording | str | None) -> RecordingCheck:
    if isinstance(recording, str):
        return RecordingCheck(
            name=name, person="", minutes=0.0, signals=(), labels={}, good={}, problems=(recording,)
        )
    problems = [*_problems(recording)]
    if isinstance(prepared, str):
        problems.append(prepared)
    good = _good(prepared, recording) if isinstance(prepared, PreparedRecording) else {}
    problems += [f"no {role} window of good quality" for role, share in good.items() if share == 0]
    return RecordingCheck(
        name=recording.name,
        person=recording.person,
        minutes=round(_end_s(recording) / 60, 2),
        signals=tuple(
            f"{s.modality} {s.rate_hz:g} Hz" if s.rate_hz else s.modality for s in recording.signals
        ),
        labels=_label_minutes(recording),
        good=good,
        problems=tuple(problems),
    )


def _end_s(recording: Recording) -> float:
    return max((signal.end_s for signal in recording.signals if len(signal.values)), default=0.0)


def _label_minutes(recording: Recording) -> dict[str, float]:
    minutes: dict[str, float] = {}
    for interval in recording.intervals:
        minutes[interval.name] = minutes.get(interval.name, 0.0) + (interval.end_s - interval.start_s) / 60
    return {name: round(value, 2) for name, value in minutes.items()}


def _problems(recording: Recording) -> Iterable[str]:
    roles = {ROLE_OF[s.modality] for s in recording.signals if s.modality in ROLE_OF}
    if not roles:
        yield "no cardiac signal and no skin conductance"
    if not recording.intervals:
        yield "no labelled interval: of use for pre-training alone"
    late = [i.name for i in recording.intervals if i.start_s >= _end_s(recording)]
    if late:
        yield f"{len(late)} intervals begin after the signals end: {', '.join(dict.fromkeys(late))}"
    for signal in recording.signals:
        if (
            signal.modality in ROLE_OF
            and (share := _missing_share(signal, recording.intervals)) > MISSING_SHARE
        ):
            yield f"{signal.modality}: {share:.0%} of the samples in labelled intervals are missing"


def _missing_share(signal: Signal, intervals: Sequence[Interval]) -> float:
    """Of the time that is labelled; pauses between clips are meant to be empty."""
    if signal.rate_hz is None:
        return 0.0
    spans = ((i.start_s - signal.start_s, i.end_s - signal.start_s) for i in intervals)
    parts = [
        signal.values[max(0, round(a * signal.rate_hz)) : max(0, round(b * signal.rate_hz))] for a, b in spans
    ]
    count = sum(len(part) for part in parts)
    return sum(int(np.isnan(part).sum()) for part in parts) / count if count else 0.0


def _good(prepared: PreparedRecording, recording: Recording) -> dict[str, float]:
    roles = {ROLE_OF[s.modality] for s in recording.signals if s.modality in ROLE_OF}
    whole = prepared.quality[prepared.complete]
    if not len(whole):
        return {}
    shares = (whole >= GOOD_QUALITY).mean(axis=0)
    return {
        role.value: round(float(share), 3) for role, share in zip(Role, shares, strict=True) if role in roles
    }
