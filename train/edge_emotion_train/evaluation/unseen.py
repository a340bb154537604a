"""A finished model, a run or a bundle, judged on people it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import BoardRow, DecisionSpec, NormalisationSpec, TrainingSpec
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import InputError
from edge_emotion.runtime.decision import softmax
from edge_emotion.signals.spec import SignalSpec
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.boards import Predictions, board_row
from edge_emotion_train.labelling import LabelOf
from edge_emotion_train.normalising import join_labelled, label_recording
from edge_emotion_train.pool import Place
from edge_emotion_train.preparation import PreparedRecording, prepare_dataset
from edge_emotion_train.recipe import DatasetSettings
from edge_emotion_train.run_record import load_run
from edge_emotion_train.training import predict
from edge_emotion_train.windows import WindowSet

PROTOCOL = "finished model on people it was not trained on, causal, windows after the reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What is needed to judge a model, wherever it comes from; ``logits`` gives (N, classes)."""

    name: str
    labels: tuple[str, ...]
    signals: SignalSpec
    normalisation: NormalisationSpec
    decision: DecisionSpec
    training: TrainingSpec
    logits: Callable[[WindowSet], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A board row, and the mean probability of the last label in each kind of interval, pooled over windows."""

    row: BoardRow
    interval_means: Mapping[str, float]


def open_finished(path: Path) -> Finished:
    """A run folder, or a bundle file with the engine and precision that this machine would choose.

    Raises
    ------
    InputError
        If it is neither.
    """
    if path.is_dir():
        run = load_run(path)
        record = run.record
        return Finished(
            name=str(record.model.__struct_config__.tag),
            labels=record.labels,
            signals=record.signals,
            normalisation=record.normalisation,
            decision=record.decision,
            training=record.training,
            logits=lambda windows: predict(run.model, windows),
        )
    if not path.is_file():
        raise InputError(
            f"{path} is neither a run folder nor a bundle file: make one with edge-emotion train or export"
        )
    bundle = load_bundle(path)
    manifest = bundle.manifest
    engine = open_engine(bundle, "auto", "int8")
    return Finished(
        name=f"{manifest.model.family}-{engine.name}-{engine.precision}",
        labels=manifest.labels,
        signals=manifest.signals,
        normalisation=manifest.normalisation,
        decision=manifest.decision,
        training=manifest.training,
        logits=lambda windows: _run_engine(engine, windows),
    )


def _run_engine(engine: Engine, windows: WindowSet) -> NDArray[np.float32]:
    rows = [
        engine.run({name: values[i : i + 1] for name, values in windows.inputs.items()})["logits"]
        for i in range(len(windows))
    ]
    return np.concatenate(rows)


def judge(finished: Finished, settings: DatasetSettings, place: Place) -> Judgement:
    """Score a finished model on one data set: on all of it where it was not trained on it, else on its held-out people.

    Raises
    ------
    InputError
        If nobody is left to judge.
    """
    dataset = open_dataset(settings.name, place.data)
    trained_on = {use.name for use in finished.training.datasets}
    names = [
        n
        for n in dataset.names()
        if settings.name not in trained_on or f"{settings.name}/{n}" in finished.training.held_out
    ]
    if not names:
        raise InputError(f"the model was trained on everyone in {settings.name}: nobody is left to judge it")
    recordings = prepare_dataset(dataset, names, finished.signals, place.cache, place.jobs)
    parts = _predictions(finished, recordings, settings.label_of, finished.labels)
    kinds = tuple(sorted({i.name for r in recordings for i in r.intervals}))
    by_kind = _predictions(finished, recordings, {k: k for k in kinds}, kinds)
    means = {
        kind: float(by_kind.probabilities[by_kind.labels == index, -1].mean())
        for index, kind in enumerate(kinds)
        if (by_kind.labels == index).any()
    }
    return Judgement(row=board_row(settings.name, finished.name, PROTOCOL, [parts]), interval_means=means)


def _predictions(
    finished: Finished,
    recordings: Sequence[PreparedRecording],
    mapping: LabelOf,
    labels: Sequence[str],
) -> Predictions:
    decision = finished.decision
    parts = (
        label_recording(r, finished.normalisation, decision.minimum_quality, mapping, labels)
        for r in recordings
    )
    windows = join_labelled(part for part in parts if part is not None).windows
    return Predictions(
        probabilities=softmax(finished.logits(windows), decision.temperature),
        labels=windows.labels,
        people=windows.people,
    )
