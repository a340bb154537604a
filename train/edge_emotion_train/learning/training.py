"""The loop, run by Lightning: AdamW, averaged weights, an epoch chosen on people of the training side, resumable.

With several processes (DistributedDataParallel) a batch of the recipe's size is dealt to all of them, so that more processes
change the speed and not the learning; only batch normalisation sees each share on its own (on CPUs, where it cannot be joined).
"""

from __future__ import annotations

import logging
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from edge_emotion.errors import InputError
from edge_emotion_train.evaluation.metrics import accuracy, confusion_by_person, macro_f1
from edge_emotion_train.learning.keeping import LAST, KeepLastEpoch, ShowEpochs
from edge_emotion_train.learning.machine import Machine, repeatable
from edge_emotion_train.learning.objective import augment, balance, tensors_of, weighted_loss
from edge_emotion_train.learning.progress import bar
from edge_emotion_train.models import FusionModel, ModelConfig, build_model
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.pretraining.learning import pretrain
from edge_emotion_train.pretraining.store import load_encoders
from edge_emotion_train.recipe import TrainingSettings

Item = dict[str, Tensor]
CPU = Machine()
PREDICT_BATCH = 1024
TARGETS = ("labels", "weights", "share")
"""What a batch holds apart from the network's inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A trained network in eval mode: as it was after the epoch that was best on the inner people, or the last one."""

    model: FusionModel
    epochs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deal:
    """Which part of each batch this process takes, and the seed of the order, the same in all of them."""

    seed: int
    rank: int
    world: int


class _Batches(IterableDataset[Item]):
    """Batches of windows that all fit in memory, shuffled at the start of each epoch, or whole and in order."""

    def __init__(self, windows: WindowSet, size: int, deal: Callable[[], _Deal] | None) -> None:
        self._items = {
            **tensors_of(windows),
            "labels": torch.from_numpy(windows.labels),
            "weights": torch.from_numpy(balance(windows)),
        }
        self._size = size
        self._deal = deal
        self._count = len(windows)

    def __iter__(self) -> Iterator[Item]:
        if self._deal is None:
            for index in torch.split(torch.arange(self._count), self._size):
                yield {name: values[index] for name, values in self._items.items()}
            return
        deal = self._deal()
        order = torch.randperm(self._count, generator=torch.Generator().manual_seed(deal.seed))
        for index in torch.split(order, self._size):
            if len(index) >= 2 * deal.world:  # batch normalisation cannot learn from one window
                yield self._share(index, deal)

    def _share(self, index: Tensor, deal: _Deal) -> Item:
        mine = {name: values[index[deal.rank :: deal.world]] for name, values in self._items.items()}
        # Gradients are averaged over processes: with this factor the average is the whole batch's weighted mean.
        whole = self._items["weights"][index].sum()
        return {**mine, "share": mine["weights"].sum() * deal.world / whole}


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
        self.average = AveragedModel(model, multi_avg_fn=average, use_buffers=True).requires_grad_(False)
        self.best_loss = math.inf
        self.best_epochs = 0
        self.best_weights: dict[str, Tensor] = {}
        self.stopped = False
        self._training = training
        self._inner = inner
        self._settings = settings
        self._seed = seed

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self.model.parameters(), lr=self._settings.learning_rate, weight_decay=self._settings.weight_decay
        )

    def train_dataloader(self) -> DataLoader[Item]:
        batches = _Batches(self._training, self._settings.batch_size, self._deal)
        return DataLoader(batches, batch_size=None)

    def _seed_now(self) -> int:
        # Order, noise and dropout depend on seed and step alone, so a resumed run is the uninterrupted run.
        return self._seed * 1_000_003 + int(self.global_step)

    def _deal(self) -> _Deal:
        return _Deal(seed=self._seed_now(), rank=self.global_rank, world=self.trainer.world_size)

    def val_dataloader(self) -> list[DataLoader[Item]]:
        if self._inner is None:
            return []
        # Everyone judges everything: the people are few, and all processes must choose alike.
        return [DataLoader(_Batches(self._inner, PREDICT_BATCH, None), batch_size=None)]

    def on_train_epoch_start(self) -> None:
        self._losses: list[Tensor] = []

    def training_step(self, batch: Item, _: int) -> Tensor:
        torch.manual_seed(self._seed_now() * self.trainer.world_size + self.global_rank)
        inputs = {name: values for name, values in batch.items() if name not in TARGETS}
        logits, _contributions = self.model(**augment(inputs, self._settings))
        loss = weighted_loss(logits, batch["labels"], batch["weights"], self._settings.label_smoothing)
        self._losses.append(loss.detach())
        return loss * batch["share"]

    def on_train_batch_end(self, *_: Any) -> None:
        if self.trainer.world_size > 1:
            _agree(self.model)
        self.average.update_parameters(self.model)

    def on_validation_epoch_start(self) -> None:
        self._judged: list[tuple[Tensor, Tensor, Tensor]] = []

    def validation_step(self, batch: Item, _: int) -> None:
        inputs = {name: values for name, values in batch.items() if name not in TARGETS}
        logits, _contributions = self.average(**inputs)
        self._judged.append((logits.float(), batch["labels"], batch["weights"]))

    def on_validation_epoch_end(self) -> None:
        logits, labels, weights = (torch.cat(parts) for parts in zip(*self._judged, strict=True))
        loss = float(self.trainer.strategy.broadcast(float(weighted_loss(logits, labels, weights, 0.0))))
        self._log({"validation/loss": loss, **_figures(logits, labels)})
        epochs = self.current_epoch + 1
        if loss < self.best_loss:
            self.best_loss, self.best_epochs = loss, epochs
            self.best_weights = {name: w.clone() for name, w in self.average.module.state_dict().items()}
        elif epochs - self.best_epochs >= self._settings.patience:
            self.stopped = self.trainer.should_stop = True

    def on_train_epoch_end(self) -> None:
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        self._log({"training/loss": float(torch.stack(self._losses).mean()), "training/learning_rate": rate})

    def _log(self, figures: dict[str, float]) -> None:
        if self.logger is not None:
            self.logger.log_metrics(figures, step=self.current_epoch + 1)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["chosen"] = {
            "loss": self.best_loss,
            "epochs": self.best_epochs,
            "weights": self.best_weights,
            "stopped": self.stopped,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.best_loss = checkpoint["chosen"]["loss"]
        self.best_epochs = checkpoint["chosen"]["epochs"]
        self.best_weights = checkpoint["chosen"]["weights"]
        # Lightning forgets that a run had stopped early, and would give it another epoch.
        self.stopped = self.trainer.should_stop = checkpoint["chosen"]["stopped"]


def _agree(model: torch.nn.Module) -> None:
    """Running statistics of batch normalisation become their mean over all processes; weights are equal anyway."""
    for buffer in model.buffers():
        if buffer.is_floating_point():
            torch.distributed.all_reduce(buffer)
            buffer /= torch.distributed.get_world_size()


def _figures(logits: Tensor, labels: Tensor) -> dict[str, float]:
    truth, predicted = labels.cpu().numpy(), logits.argmax(dim=1).cpu().numpy()
    confusion = confusion_by_person(truth, predicted, np.zeros(len(truth), np.str_), logits.shape[1])[0]
    return {
        "validation/accuracy": float(accuracy(confusion)),
        "validation/macro_f1": float(macro_f1(confusion)),
    }


def fit(
    config: ModelConfig,
    training: WindowSet,
    inner: WindowSet | None,
    settings: TrainingSettings,
    *,
    seed: int,
    keep: Path | None = None,
    machine: Machine = CPU,
    title: str = "",
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    inner
        Windows of other people of the training side, who choose the epoch; ``None`` trains for
        ``settings.epochs``.
    keep
        Folder for the last epoch and the TensorBoard log; a run that finds an epoch there goes on from it, and ends
        with the weights of a run that was never interrupted (bit for bit on a CPU).
    title
        Of the progress bar; empty shows none.

    Raises
    ------
    InputError
        If the checkpoint is damaged or belongs to another network.
    UsageError
        If encoders are to be prepared that the network does not have, or from too few people.
    """
    last = None if keep is None else keep / LAST
    with _quiet(), repeatable(machine), torch.random.fork_rng():
        torch.manual_seed(seed)
        model = build_model(config)
        if not (last and last.is_file()):  # a resumed network has left its start behind
            _start(model, training, settings, seed, title)
        module = FusionTraining(model, training, inner, settings, seed)
        try:
            with _bar(title, settings.epochs) as callbacks:
                _trainer(settings.epochs, keep, machine, callbacks).fit(
                    module, ckpt_path=last if last and last.is_file() else None
                )
        except (RuntimeError, KeyError, EOFError, pickle.UnpicklingError) as error:
            if last is None or not last.is_file():
                raise
            raise InputError(f"{last} cannot be resumed ({error}): delete it to start afresh") from error
    averaged = module.average.module.cpu().requires_grad_(True)
    assert isinstance(averaged, FusionModel)
    if module.best_weights:
        averaged.load_state_dict(module.best_weights)
    return Fitted(model=averaged.eval(), epochs=module.best_epochs or settings.epochs)


def _start(
    model: FusionModel, training: WindowSet, settings: TrainingSettings, seed: int, title: str
) -> None:
    """Prepare the encoders where the recipe asks for it: on ``training`` alone, whose labels are not looked at."""
    if settings.pretrained is not None:
        load_encoders(Path(settings.pretrained), model)
    elif settings.pretraining is not None:
        pretrain(model, training, settings.pretraining, seed=seed, title=title and f"{title}: pre-training")


@contextmanager
def _bar(title: str, epochs: int) -> Iterator[list[Callback]]:
    if not title:
        yield []
        return
    with bar(title, epochs) as show:
        yield [ShowEpochs(show)]


@contextmanager
def _quiet() -> Iterator[None]:
    """Lightning advises worker processes, which would only cost: the windows are in memory already."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="lightning")
        warnings.filterwarnings("ignore", category=FutureWarning, module="lightning")
        yield


def _trainer(
    epochs: int, keep: Path | None, machine: Machine, callbacks: list[Callback]
) -> lightning.Trainer:
    logger: TensorBoardLogger | bool = False
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        callbacks = [*callbacks, KeepLastEpoch(keep)]
        logger = TensorBoardLogger(keep, name="", version="log")
    return lightning.Trainer(
        max_epochs=epochs,
        logger=logger,
        callbacks=callbacks,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        **machine.options(),
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
