"""Train, choose, train again: the procedure that a fold and the final model share, so that a board judges what is shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

from edge_emotion_train.calibrating import fit_temperature
from edge_emotion_train.evaluation.splits import inner_folds
from edge_emotion_train.models import FusionModel, ModelConfig
from edge_emotion_train.objective import balance
from edge_emotion_train.recipe import TrainingSettings
from edge_emotion_train.training import fit, predict
from edge_emotion_train.windows import WindowSet, join


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A network in eval mode, the temperature for its logits, and the epochs it was trained for."""

    model: FusionModel
    temperature: float
    epochs: int


def fit_with_inner_folds(
    config: ModelConfig,
    training: WindowSet,
    settings: TrainingSettings,
    *,
    seed: int,
    checkpoints: Path | None = None,
) -> Learned:
    """Choose epochs and temperature on people left out in turn, then fit on everyone.

    The temperature comes from the logits of each part's best epoch, all parts together: few people alone are a poor
    judge of confidence (`docs/decisions/005-temperature.md`).
    """
    parts = inner_folds(training, settings.inner_folds, seed)
    inner = [training.of(part) for part in parts]
    firsts = [
        fit(
            config,
            training.without(part),
            windows,
            settings,
            seed=seed,
            checkpoints=None if checkpoints is None else checkpoints / f"choose-{number}",
        )
        for number, (part, windows) in enumerate(zip(parts, inner, strict=True))
    ]
    logits = np.concatenate([predict(f.model, w) for f, w in zip(firsts, inner, strict=True)])
    judged = join(inner)
    epochs = round(median(f.epochs for f in firsts))
    final = fit(
        config,
        training,
        None,
        msgspec.structs.replace(settings, epochs=epochs),
        seed=seed,
        checkpoints=None if checkpoints is None else checkpoints / "final",
    )
    return Learned(
        model=final.model,
        temperature=fit_temperature(logits, judged.labels, balance(judged)),
        epochs=epochs,
    )
