"""Calibration of the finished model on its held-out windows, stage by stage: raw, with temperature, quantised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import UsageError
from edge_emotion.runtime.decision import softmax
from edge_emotion.types import FloatArray
from edge_emotion_train.evaluation.metrics import confusion_by_person, macro_f1
from edge_emotion_train.evaluation.outputs import logits_and_contributions
from edge_emotion_train.evaluation.reliability import Reliability, reliability
from edge_emotion_train.evaluation.unseen import run_engine
from edge_emotion_train.runs.record import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The same windows through each stage.

    Parameters
    ----------
    engine
        What ran the quantised model; empty without a bundle.
    label_agreement
        Share of windows that the quantised model and the trained one call the same; nan without a bundle.
    macro_f1
        By stage's end: the trained model's and the quantised one's; the second is nan without a bundle.
    """

    people: int
    windows: int
    diagrams: tuple[Reliability, ...]
    engine: str
    label_agreement: float
    macro_f1: tuple[float, float]


def before_temperature(truth: NDArray[np.int64], logits: FloatArray, people: NDArray[np.str_]) -> Reliability:
    """The diagram at temperature 1."""
    return reliability("before temperature scaling", truth, softmax(logits, 1.0), people)


def heldout_stages(run: Run, bundle: Path | None) -> Stages | None:
    """Diagrams of the run's held-out windows; ``None`` where it has none.

    Raises
    ------
    UsageError
        If the bundle names other labels than the run.
    """
    windows = run.heldout
    if not len(windows):
        return None
    temperature = run.record.decision.temperature
    logits, _ = logits_and_contributions(run.model, windows)
    after = softmax(logits, temperature)
    diagrams = [
        before_temperature(windows.labels, logits, windows.people),
        reliability("after temperature scaling", windows.labels, after, windows.people),
    ]
    engine, agreement, quantised_f1 = "", float("nan"), float("nan")
    if bundle is not None:
        quantised, engine = _quantised(run, bundle)
        shares = softmax(quantised, temperature)
        diagrams.append(reliability("after int8", windows.labels, shares, windows.people))
        agreement = float((shares.argmax(axis=1) == after.argmax(axis=1)).mean())
        quantised_f1 = _pooled_f1(run, quantised)
    return Stages(
        people=len(windows.names()),
        windows=len(windows),
        diagrams=tuple(diagrams),
        engine=engine,
        label_agreement=agreement,
        macro_f1=(_pooled_f1(run, logits), quantised_f1),
    )


def _quantised(run: Run, path: Path) -> tuple[FloatArray, str]:
    bundle = load_bundle(path)
    if bundle.manifest.labels != run.record.labels:
        raise UsageError(
            f"{path} names {', '.join(bundle.manifest.labels)}, the run {', '.join(run.record.labels)}: "
            "give the bundle that was exported from this run"
        )
    engine = open_engine(bundle, "auto", "int8")
    return run_engine(engine, run.heldout)[0], f"{engine.name} {engine.precision}"


def _pooled_f1(run: Run, logits: FloatArray) -> float:
    windows, classes = run.heldout, len(run.record.labels)
    counts = confusion_by_person(windows.labels, logits.argmax(axis=1), windows.people, classes)
    return float(macro_f1(counts.sum(axis=0)))
