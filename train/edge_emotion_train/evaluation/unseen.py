"""A finished model, a run or a bundle, judged on people it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_emotion.bundle.manifest import BoardRow, DecisionSpec, NormalisationSpec, TrainingSpec
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import InputError
from edge_emotion.runtime.decision import softmax
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import FloatArray
from edge_emotion_train.datasets import open_dataset
from edge_emotion_train.evaluation.outputs import logits_and_contributions
from edge_emotion_train.evaluation.own_thresholds import rest_logits, with_own_thresholds
from edge_emotion_train.evaluation.predictions import BoardPredictions, SystemPredictions
from edge_emotion_train.evaluation.protocol_rows import with_protocol_rows
from edge_emotion_train.evaluation.rows import rows_of
from edge_emotion_train.preparation.labelling import LabelOf
from edge_emotion_train.preparation.normalising import LabelledWindows, join_labelled, label_recording
from edge_emotion_train.preparation.pool import Place
from edge_emotion_train.preparation.recordings import PreparedRecording, prepare_dataset
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import DatasetSettings
from edge_emotion_train.runs.record import load_run

Outputs = tuple[FloatArray, FloatArray]

PROTOCOL = "finished model on people it was not trained on, causal, windows after the reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What is needed to judge a model, wherever it comes from; ``outputs`` gives logits (N, classes) and contributions
    (N, roles)."""

    name: str
    labels: tuple[str, ...]
    signals: SignalSpec
    normalisation: NormalisationSpec
    decision: DecisionSpec
    training: TrainingSpec
    roles: tuple[str, ...]
    outputs: Callable[[WindowSet], Outputs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Rows of the model and, where more than one person is judged, of clock and majority; what they were made from; and the
    mean probability of the last label in each kind of interval, pooled over windows."""

    rows: tuple[BoardRow, ...]
    predictions: BoardPredictions
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
            roles=record.roles,
            outputs=lambda windows: logits_and_contributions(run.model, windows),
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
        roles=manifest.roles,
        outputs=lambda windows: run_engine(engine, windows),
    )


def run_engine(engine: Engine, windows: WindowSet) -> Outputs:
    """Logits and contributions, one window at a time as on the device."""
    rows = [
        engine.run({name: values[i : i + 1] for name, values in windows.inputs.items()})
        for i in range(len(windows))
    ]
    return np.concatenate([r["logits"] for r in rows]), np.concatenate([r["contributions"] for r in rows])


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
        if settings.name not in trained_on or dataset.person(n) in finished.training.held_out
    ]
    if not names:
        raise InputError(f"the model was trained on everyone in {settings.name}: nobody is left to judge it")
    recordings = prepare_dataset(dataset, names, finished.signals, place.cache, place.jobs)
    parts = _predictions(finished, settings.name, recordings, settings.label_of, finished.labels)
    kinds = tuple(sorted({i.name for r in recordings for i in r.intervals}))
    by_kind = _normalised(finished, recordings, {k: k for k in kinds}, kinds)
    shares = softmax(_said(finished, by_kind)[0], finished.decision.temperature)
    means = {
        kind: float(shares[by_kind.windows.labels == index, -1].mean())
        for index, kind in enumerate(kinds)
        if (by_kind.windows.labels == index).any()
    }
    return Judgement(rows=tuple(rows_of(parts)), predictions=parts, interval_means=means)


def _predictions(
    finished: Finished,
    board: str,
    recordings: Sequence[PreparedRecording],
    mapping: LabelOf,
    labels: tuple[str, ...],
) -> BoardPredictions:
    judged = _normalised(finished, recordings, mapping, labels)
    logits, contributions = _said(finished, judged)
    system = SystemPredictions(
        name=finished.name,
        probabilities=softmax(logits, finished.decision.temperature),
        logits=logits,
        contributions=contributions,
    )
    predictions = BoardPredictions(
        board=board,
        protocol=PROTOCOL,
        labels=labels,
        roles=finished.roles,
        people=judged.windows.people,
        minutes=judged.minutes,
        truth=judged.windows.labels,
        systems=(system,),
    )
    return with_protocol_rows(predictions)


def _said(finished: Finished, judged: LabelledWindows) -> Outputs:
    """Logits, with a threshold of the wearer's own where the model asks for one, and contributions."""
    logits, contributions = finished.outputs(judged.windows)
    decision = finished.decision
    if decision.own_threshold:
        rests = rest_logits(lambda windows: finished.outputs(windows)[0], judged.rests)
        people = judged.windows.people
        logits = with_own_thresholds(logits, people, rests, decision.rest_logits, decision.own_threshold)
    return logits, contributions


def _normalised(
    finished: Finished,
    recordings: Sequence[PreparedRecording],
    mapping: LabelOf,
    labels: Sequence[str],
) -> LabelledWindows:
    quality = finished.decision.minimum_quality
    parts = (label_recording(r, finished.normalisation, quality, mapping, labels) for r in recordings)
    return join_labelled(part for part in parts if part is not None)
