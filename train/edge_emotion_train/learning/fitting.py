"""Train, choose, train again: the procedure that a fold and the final model share, so that a board judges what is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from edge_emotion_train.evaluation.metrics import confusion_by_person, macro_f1
from edge_emotion_train.evaluation.own_thresholds import as_strangers
from edge_emotion_train.evaluation.splits import inner_folds
from edge_emotion_train.fanout import Task, in_order
from edge_emotion_train.learning.objective import balance, weighted_loss
from edge_emotion_train.learning.temperature import fit_temperature
from edge_emotion_train.learning.training import fit, predict
from edge_emotion_train.models import FusionModel, ModelConfig
from edge_emotion_train.preparation.normalising import LabelledWindows
from edge_emotion_train.preparation.windows import WindowSet, join
from edge_emotion_train.recipe import TrainingSettings
from edge_emotion_train.runs.workshop import Workshop

ALONE = Workshop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A network in eval mode, the temperature for its logits, and the epochs it was trained for."""

    model: FusionModel
    temperature: float
    epochs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A network and how it learns; one of several when something is to be chosen."""

    config: ModelConfig
    settings: TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """What a candidate said about people of the training side who were left out in turn.

    Parameters
    ----------
    epochs
        Median of the parts' best epochs.
    loss, macro_f1
        Of all parts together; windows weigh as in training for the loss, alike for macro-F1.
    """

    epochs: int
    temperature: float
    loss: float
    macro_f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The candidate that was best inside of the training side, trained on all of it."""

    learned: Learned
    index: int
    judged: tuple[Inner, ...]


def fit_with_inner_folds(
    config: ModelConfig,
    training: LabelledWindows,
    settings: TrainingSettings,
    *,
    own_threshold: float,
    seed: int,
) -> Learned:
    """Choose epochs and temperature on people left out in turn, then fit on everyone.

    The temperature comes from the logits of each part's best epoch, all parts together: few people alone are a poor
    judge of confidence (`docs/decisions/005-temperature.md`). These people have thresholds of their own if the device
    will give its wearer one (``own_threshold`` of the recipe's decision): what is calibrated is what is reported.
    """
    candidate = Candidate(config=config, settings=settings)
    return fit_best([candidate], training, own_threshold=own_threshold, seed=seed).learned


def fit_best(
    candidates: Sequence[Candidate],
    training: LabelledWindows,
    *,
    own_threshold: float,
    seed: int,
    workshop: Workshop = ALONE,
) -> Chosen:
    """The same with a choice: the candidate with the best macro-F1 on the inner people is fitted on everyone.

    All candidates must have the same ``inner_folds``, so that the same people judge them.
    """
    parts = inner_folds(training.windows, candidates[0].settings.inner_folds, seed)
    tasks = [
        Task(name=f"candidate {c + 1}, inner part {p + 1}", item=(c, p))
        for c in range(len(candidates))
        for p in range(len(parts))
    ]
    keep = workshop.keep if workshop.fan_out.shares_files else None
    judge = partial(
        _inner_part,
        candidates=tuple(candidates),
        training=training,
        parts=parts,
        own_threshold=own_threshold,
        seed=seed,
        workshop=Workshop(keep=keep, machine=workshop.machine),
    )
    found = list(in_order(workshop.fan_out.as_finished(judge, tasks)))
    truth = join([training.windows.of(part) for part in parts])
    judged = tuple(
        _inner(found[c * len(parts) : (c + 1) * len(parts)], truth) for c in range(len(candidates))
    )
    best = max(range(len(judged)), key=lambda c: (judged[c].macro_f1, -judged[c].loss))
    return Chosen(
        learned=_fit_final(candidates[best], judged[best], training.windows, seed, workshop),
        index=best,
        judged=judged,
    )


def _fit_final(
    candidate: Candidate, inner: Inner, training: WindowSet, seed: int, workshop: Workshop
) -> Learned:
    final = fit(
        candidate.config,
        training,
        None,
        msgspec.structs.replace(candidate.settings, epochs=inner.epochs),
        seed=seed,
        keep=None if workshop.keep is None else workshop.keep / "final",
        machine=workshop.machine,
        title="" if workshop.keep is None else "training on everyone",
    )
    return Learned(model=final.model, temperature=inner.temperature, epochs=inner.epochs)


Part = tuple[int, NDArray[np.float32]]
"""Best epoch, and what a device would say of the part's windows after it: logits."""


def _inner_part(
    item: tuple[int, int],
    candidates: Sequence[Candidate],
    training: LabelledWindows,
    parts: Sequence[tuple[str, ...]],
    own_threshold: float,
    seed: int,
    workshop: Workshop,
) -> Part:
    candidate, part = candidates[item[0]], parts[item[1]]
    judges = training.windows.of(part)
    name = f"choose-{item[1]}" if len(candidates) == 1 else f"candidate-{item[0]}-choose-{item[1]}"
    fitted = fit(
        candidate.config,
        training.windows.without(part),
        judges,
        candidate.settings,
        seed=seed,
        keep=None if workshop.keep is None else workshop.keep / name,
        machine=workshop.machine,
        title="" if workshop.keep is None else f"candidate {item[0] + 1}, inner part {item[1] + 1}",
    )
    said = predict(fitted.model, judges)
    return fitted.epochs, as_strangers(
        said,
        judges.people,
        partial(predict, fitted.model),
        learned_from=training.rests.without(part),
        rests=training.rests.of(part),
        share=own_threshold,
    )


def _inner(parts: Sequence[Part], truth: WindowSet) -> Inner:
    logits = np.concatenate([logits for _, logits in parts])
    weights = balance(truth)
    loss = weighted_loss(
        torch.from_numpy(logits), torch.from_numpy(truth.labels), torch.from_numpy(weights), 0.0
    )
    predicted = logits.argmax(axis=1)
    confusion = confusion_by_person(truth.labels, predicted, truth.people, logits.shape[1]).sum(axis=0)
    return Inner(
        epochs=round(median(epochs for epochs, _ in parts)),
        temperature=fit_temperature(logits, truth.labels, weights),
        loss=float(loss),
        macro_f1=float(macro_f1(confusion)),
    )
