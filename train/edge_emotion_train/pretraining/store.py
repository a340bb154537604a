"""Prepared encoders on disk: ``pretraining.json`` and ``encoders.safetensors``, with everyone they have seen by name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from edge_emotion.errors import InputError, UsageError
from edge_emotion.json_text import indented
from edge_emotion_train.models import FusionModel, MeMhacl, MeMhaclConfig
from edge_emotion_train.models.weights import first_mismatch
from edge_emotion_train.pretraining.learning import require_encoders
from edge_emotion_train.pretraining.settings import PretrainingSettings
from edge_emotion_train.recipe import TrainingSettings

SCHEMA_VERSION = 1
RECORD_FILE = "pretraining.json"
WEIGHTS_FILE = "encoders.safetensors"
REMEDY = "run edge-emotion pretrain again"


class PretrainingRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How encoders came about.

    Parameters
    ----------
    people
        Everyone whose recordings were seen: none of them may judge what is built on these encoders.
    transductive
        People whom the recipe holds out or tests on were let in on purpose, by the clock, without interval names.
    first_loss, last_loss
        Mean of the first and of the last tenth of the steps.
    """

    schema_version: int
    recipe: str
    model: MeMhaclConfig
    settings: PretrainingSettings
    seed: int
    git: str
    datasets: tuple[str, ...]
    people: tuple[str, ...]
    transductive: bool
    windows: int
    first_loss: float
    last_loss: float


def save_encoders(path: Path, model: MeMhacl, record: PretrainingRecord) -> None:
    """Write the encoders of ``model`` into the folder ``path``; the record comes last."""
    path.mkdir(parents=True, exist_ok=True)
    save_file(_encoders_of(model), path / WEIGHTS_FILE)
    (path / RECORD_FILE).write_bytes(indented(record))


def read_pretraining(path: Path) -> PretrainingRecord:
    """The record of a folder.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    file = path / RECORD_FILE
    if not file.is_file():
        raise InputError(f"{path} holds no prepared encoders: make them with edge-emotion pretrain --out")
    try:
        record = msgspec.json.decode(file.read_bytes(), type=PretrainingRecord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is damaged ({error}): {REMEDY}") from error
    if record.schema_version != SCHEMA_VERSION:
        raise InputError(
            f"{file} has schema_version {record.schema_version}, this package reads {SCHEMA_VERSION}: {REMEDY}"
        )
    return record


def load_encoders(path: Path, model: FusionModel) -> None:
    """Start the encoders of ``model`` from those in the folder ``path``.

    Raises
    ------
    UsageError
        If the network has no encoders, or others than were prepared.
    InputError
        If a file is missing or damaged.
    """
    learner = require_encoders(model)
    read_pretraining(path)
    file = path / WEIGHTS_FILE
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{file} is missing or damaged ({error}): {REMEDY}") from error
    differs = first_mismatch(_encoders_of(learner), tensors)
    if differs is not None:
        raise UsageError(
            f"{path} holds encoders of another shape (first mismatch: {differs}): pre-train with this recipe"
        )
    learner.encoders.load_state_dict(tensors)


def encoder_files(settings: TrainingSettings) -> tuple[Path, ...]:
    """What a network with these settings reads before it learns; nothing unless it starts from prepared encoders."""
    if settings.pretrained is None:
        return ()
    folder = Path(settings.pretrained)
    return (folder / RECORD_FILE, folder / WEIGHTS_FILE)


def require_unseen(record: PretrainingRecord, judges: Iterable[str]) -> None:
    """Refuse to judge on people whom the encoders have seen.

    Raises
    ------
    UsageError
        If there are such people.
    """
    seen = sorted(set(record.people) & set(judges))
    if seen:
        raise UsageError(
            f"pre-training has seen {len(seen)} people who are to judge ({', '.join(seen[:3])} ...): prepare encoders "
            "without them, or give the recipe a [training.pretraining] table, which pre-trains in each fold"
        )


def _encoders_of(model: MeMhacl) -> dict[str, Tensor]:
    return {name: tensor.contiguous() for name, tensor in model.encoders.state_dict().items()}
