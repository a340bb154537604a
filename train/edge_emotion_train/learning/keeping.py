"""What a run in the making leaves behind: the last epoch, a TensorBoard log, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback

LAST = "last.ckpt"


class KeepLastEpoch(Callback):  # type: ignore[misc]  # Lightning's types are skipped
    """Writes ``last.ckpt`` after every epoch, beside and then renamed: a kill leaves the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_train_epoch_end(self, trainer: lightning.Trainer, _module: Any) -> None:
        part = self._folder / f"{LAST}.part"
        trainer.save_checkpoint(part)  # every rank must call it, the first one writes
        if trainer.is_global_zero:
            part.replace(self._folder / LAST)


class ShowEpochs(Callback):  # type: ignore[misc]
    """Tells a progress bar how many epochs are done."""

    def __init__(self, show: Callable[[int], None]) -> None:
        self._show = show

    def on_train_epoch_end(self, trainer: lightning.Trainer, _module: Any) -> None:
        self._show(trainer.current_epoch + 1)
