"""Train, choose, train again: the procedure that a fold and the final model share, so that a board judges what is shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge_emotion_train.calibrating import fit_temperature
from edge_emotion_train.evaluation.splits import inner_people
from edge_emotion_train.models import Acmc, ModelConfig
from edge_emotion_train.objective import balance
from edge_emotion_train.recipe import TrainingSettings
from edge_emotion_train.training import fit, predict
from edge_emotion_train.windows import WindowSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A network in eval mode, the temperature for its logits, and the epochs it was trained for."""

    model: Acmc
    temperature: float
    epochs: int


def fit_with_inner_people(
    config: ModelConfig,
    training: WindowSet,
    settings: TrainingSettings,
    *,
    seed: int,
    checkpoints: Path | None = None,
) -> Learned:
    """Fit without some people, who choose epoch and temperature; then fit on everyone for that many epochs."""
    chosen = inner_people(training, settings.inner_people, seed)
    inner, rest = training.of(chosen), training.without(chosen)
    folders = (None, None) if checkpoints is None else (checkpoints / "choose", checkpoints / "final")
    first = fit(config, rest, inner, settings, seed=seed, checkpoints=folders[0])
    temperature = fit_temperature(predict(first.model, inner), inner.labels, balance(inner))
    final = fit(
        config,
        training,
        None,
        msgspec.structs.replace(settings, epochs=first.epochs),
        seed=seed,
        checkpoints=folders[1],
    )
    return Learned(model=final.model, temperature=temperature, epochs=first.epochs)
