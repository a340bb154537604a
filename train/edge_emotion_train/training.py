"""The loop, run by Lightning: AdamW, averaged weights, an epoch chosen on people of the training side, resumable."""

from __future__ import annotations

import logging
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, TQDMProgressBar
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from edge_emotion.errors import InputError
from edge_emotion_train.models import FusionModel, ModelConfig, build_model
from edge_emotion_train.objective import augment, balance, tensors_of, weighted_loss
from edge_emotion_train.pretraining.learning import pretrain
from edge_emotion_train.pretraining.store import load_encoders
from edge_emotion_train.progress import on_terminal
from edge_emotion_train.recipe import TrainingSettings
from edge_emotion_train.windows import WindowSet

Item = dict[str, Tensor]
PREDICT_BATCH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A trained network in eval mode: as it was after the epoch that was best on the inner people, or the last one."""

    model: FusionModel
    epochs: int


class _Batches(IterableDataset[Item]):
    """Batches of windows that all fit in memory, shuffled by ``seed`` at the start of each epoch, or in order."""

    def __init__(self, windows: WindowSet, size: int, seed: Callable[[], int] | None) -> None:
        self._items = {
            **tensors_of(windows),
            "labels": torch.from_numpy(windows.labels),
            "weights": torch.from_numpy(balance(windows)),
        }
        self._size = size
        self._seed = seed
        self._count = len(windows)

    def __iter__(self) -> Iterator[Item]:
        order = torch.arange(self._count)
        if self._seed is not None:
            order = torch.randperm(self._count, generator=torch.Generator().manual_seed(self._seed()))
        for index in torch.split(order, self._size):
            if len(index) > 1:  # batch normalisation cannot learn from one window
                yield {name: values[index] for name, values in self._items.items()}


class FusionTraining(lightning.LightningModule):  # type: ignore[misc]  # Lightning's types are skipped
    """One network in training and its running average."""

    def __init__(
        self,
        model: FusionModel,
        training: WindowSet,
        inner: WindowSet | None,
        settings: TrainingSettings,
        seed: int,
    ) -> None:
        super().__init__()
        self.model = model
        average = get_ema_multi_avg_fn(settings.average_decay)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(model, multi_avg_fn=average, use_buffers=True)
        self.best_loss = math.inf
        self.best_epochs = 0
        self.best_weights: dict[str, Tensor] = {}
        self._training = training
        self._inner = inner
        self._settings = settings
        self._seed = seed

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self.model.parameters(), lr=self._settings.learning_rate, weight_decay=self._settings.weight_decay
        )

    def train_dataloader(self) -> DataLoader[Item]:
        batches = _Batches(self._training, self._settings.batch_size, self._seed_now)
        return DataLoader(batches, batch_size=None)

    def _seed_now(self) -> int:
        # Order, noise and dropout depend on seed and step alone, so a resumed run is the uninterrupted run.
        return self._seed * 1_000_003 + int(self.global_step)

    def val_dataloader(self) -> list[DataLoader[Item]]:
        if self._inner is None:
            return []
        return [DataLoader(_Batches(self._inner, PREDICT_BATCH, None), batch_size=None)]

    def training_step(self, batch: Item, _: int) -> Tensor:
        torch.manual_seed(self._seed_now())
        inputs = {name: batch[name] for name in batch if name not in ("labels", "weights")}
        logits, _contributions = self.model(**augment(inputs, self._settings))
        return weighted_loss(logits, batch["labels"], batch["weights"], self._settings.label_smoothing)

    def on_train_batch_end(self, *_: Any) -> None:
        self.average.update_parameters(self.model)

    def on_validation_epoch_start(self) -> None:
        self._losses: list[tuple[float, float]] = []

    def validation_step(self, batch: Item, _: int) -> None:
        inputs = {name: batch[name] for name in batch if name not in ("labels", "weights")}
        logits, _contributions = self.average(**inputs)
        weights = batch["weights"]
        loss = weighted_loss(logits, batch["labels"], weights, 0.0)
        self._losses.append((float(loss), float(weights.sum())))

    def on_validation_epoch_end(self) -> None:
        loss = sum(value * weight for value, weight in self._losses) / sum(
            weight for _, weight in self._losses
        )
        epochs = self.current_epoch + 1
        if loss < self.best_loss:
            self.best_loss, self.best_epochs = loss, epochs
            self.best_weights = {name: w.clone() for name, w in self.average.module.state_dict().items()}
        elif epochs - self.best_epochs >= self._settings.patience:
            self.trainer.should_stop = True

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["chosen"] = {
            "loss": self.best_loss,
            "epochs": self.best_epochs,
            "weights": self.best_weights,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.best_loss = checkpoint["chosen"]["loss"]
        self.best_epochs = checkpoint["chosen"]["epochs"]
        self.best_weights = checkpoint["chosen"]["weights"]


def fit(
    config: ModelConfig,
    training: WindowSet,
    inner: WindowSet | None,
    settings: TrainingSettings,
    *,
    seed: int,
    checkpoints: Path | None = None,
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    inner
        Windows of other people of the training side, who choose the epoch; ``None`` trains for
        ``settings.epochs``.
    checkpoints
        Folder that keeps the last epoch; a run that finds one there goes on from it.

    Raises
    ------
    InputError
        If the checkpoint is damaged or belongs to another network.
    UsageError
        If encoders are to be prepared that the network does not have, or from too few people.
    """
    torch.manual_seed(seed)
    model = build_model(config)
    last = None if checkpoints is None else checkpoints / "last.ckpt"
    if not (last and last.is_file()):  # a resumed network has left its start behind
        _start(model, training, settings, seed)
    module = FusionTraining(model, training, inner, settings, seed)
    with warnings.catch_warnings():
        # Lightning advises worker processes; the windows are in memory already.
        warnings.filterwarnings("ignore", category=UserWarning, module="lightning")
        warnings.filterwarnings("ignore", category=FutureWarning, module="lightning")
        try:
            _trainer(settings.epochs, checkpoints).fit(
                module, ckpt_path=last if last and last.is_file() else None
            )
        except (RuntimeError, KeyError, EOFError, pickle.UnpicklingError) as error:
            if last is None or not last.is_file():
                raise
            raise InputError(f"{last} cannot be resumed ({error}): delete it to start afresh") from error
    averaged = module.average.module
    assert isinstance(averaged, FusionModel)
    if module.best_weights:
        averaged.load_state_dict(module.best_weights)
    return Fitted(model=averaged.eval(), epochs=module.best_epochs or settings.epochs)


def _start(model: FusionModel, training: WindowSet, settings: TrainingSettings, seed: int) -> None:
    """Prepare the encoders where the recipe asks for it: on ``training`` alone, whose labels are not looked at."""
    if settings.pretrained is not None:
        load_encoders(Path(settings.pretrained), model)
    elif settings.pretraining is not None:
        pretrain(model, training, settings.pretraining, seed=seed)


def _trainer(epochs: int, checkpoints: Path | None) -> lightning.Trainer:
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    callbacks: list[Callback] = [TQDMProgressBar(leave=False)] if on_terminal() else []
    if checkpoints is not None:
        callbacks.append(
            ModelCheckpoint(dirpath=checkpoints, filename="last", save_top_k=1, enable_version_counter=False)
        )
    return lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        devices=1,
        logger=False,
        callbacks=callbacks,
        enable_checkpointing=checkpoints is not None,
        enable_progress_bar=on_terminal(),
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def predict(model: FusionModel, windows: WindowSet) -> NDArray[np.float32]:
    """Logits of shape (N, classes)."""
    inputs = tensors_of(windows)
    with torch.inference_mode():
        parts = [
            model(**{name: values[first : first + PREDICT_BATCH] for name, values in inputs.items()})[0]
            for first in range(0, len(windows), PREDICT_BATCH)
        ]
    return np.asarray(torch.cat(parts).numpy(), np.float32)
