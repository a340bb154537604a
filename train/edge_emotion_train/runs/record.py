"""The folder that training leaves and export takes: ``run.json``, ``model.safetensors``,
``calibration.npz``, ``heldout.npz``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from edge_emotion.bundle.manifest import DecisionSpec, NormalisationSpec, TrainingSpec
from edge_emotion.errors import InputError
from edge_emotion.json_text import indented
from edge_emotion.signals.spec import SignalSpec
from edge_emotion_train.models import FusionModel, ModelConfig, build_model
from edge_emotion_train.models.weights import first_mismatch
from edge_emotion_train.pretraining.store import PretrainingRecord
from edge_emotion_train.preparation.windows import WindowSet, load_windows, save_windows

__all__ = ["SCHEMA_VERSION", "Run", "RunRecord", "WindowSet", "load_run", "read_record", "save_run"]

SCHEMA_VERSION = 1

RECORD_FILE = "run.json"
RECIPE_FILE = "recipe.toml"
WEIGHTS_FILE = "model.safetensors"
CALIBRATION_FILE = "calibration.npz"
HELDOUT_FILE = "heldout.npz"


class RunRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a training run is, without its weights.

    Parameters
    ----------
    schema_version
        Version of this record.
    recipe
        Name of the recipe.
    model
        Configuration of the network; its ``family`` tag says which one.
    labels
        Class names in the order of the logits.
    roles
        Role names in the order of the contributions and of the input ``present``.
    signals, normalisation, decision, training
        Parts of the manifest, word for word.
    pretraining
        How the encoders that the network started from came about; ``None`` where it started from none on disk.
    """

    schema_version: int
    recipe: str
    model: ModelConfig
    labels: tuple[str, ...]
    roles: tuple[str, ...]
    signals: SignalSpec
    normalisation: NormalisationSpec
    decision: DecisionSpec
    training: TrainingSpec
    pretraining: PretrainingRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run in memory.

    Parameters
    ----------
    record
        What was trained, on what, and how it scored.
    model
        In eval mode; `load_run` gives it with batch normalisation folded into the convolutions.
    calibration
        Windows of training people, for choosing int8 ranges.
    heldout
        Windows of people that no training or calibration has seen, for the fidelity proof.
    """

    record: RunRecord
    model: FusionModel
    calibration: WindowSet
    heldout: WindowSet


def save_run(path: Path, run: Run) -> None:
    """Write ``run`` into the folder ``path``; ``run.json`` comes last, so that a folder that has it is
    complete."""
    path.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.contiguous() for name, tensor in run.model.state_dict().items()}
    save_file(tensors, path / WEIGHTS_FILE)
    save_windows(path / CALIBRATION_FILE, run.calibration)
    save_windows(path / HELDOUT_FILE, run.heldout)
    (path / RECORD_FILE).write_bytes(indented(run.record))


def load_run(path: Path) -> Run:
    """Read a run folder, or other weights of its network; the model comes back in eval mode with batch normalisation folded away.

    Parameters
    ----------
    path
        The folder, or a ``.safetensors`` file in it.

    Raises
    ------
    InputError
        If a file is missing or damaged, the schema is newer than this package, or the weights do not fit the
        record.
    """
    if path.is_file():
        path, weights = path.parent, _checkpoint(path)
    else:
        weights = path / WEIGHTS_FILE
    record = read_record(path)
    model = build_model(record.model)
    _load_weights(model, weights)
    model.eval()
    model.fold()
    names = [declared.name for declared in model.inputs]
    return Run(
        record=record,
        model=model,
        calibration=load_windows(path / CALIBRATION_FILE, names),
        heldout=load_windows(path / HELDOUT_FILE, names),
    )


def _checkpoint(file: Path) -> Path:
    if file.suffix != ".safetensors":
        raise InputError(
            f"{file} is no .safetensors file: only such a checkpoint can be read without running code from it; "
            "give the run folder, or a .safetensors file that lies in it"
        )
    return file


class _Version(msgspec.Struct):
    schema_version: int


def read_record(path: Path) -> RunRecord:
    """Read ``run.json`` of the folder ``path``.

    Raises
    ------
    InputError
        If it is missing, damaged, or of a newer schema.
    """
    file = path / RECORD_FILE
    if not file.is_file():
        raise InputError(
            f"{path} is not a finished run: it has no {RECORD_FILE}; make one with edge-emotion train --out"
        )
    raw = file.read_bytes()
    try:
        # The version is read on its own first: a newer record has keys that the whole record would refuse.
        version = msgspec.json.decode(raw, type=_Version).schema_version
        if version != SCHEMA_VERSION:
            raise InputError(
                f"{file} has schema_version {version}, this package reads {SCHEMA_VERSION}: "
                "upgrade edge-emotion or train again"
            )
        return msgspec.json.decode(raw, type=RunRecord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is damaged ({error}): restore it or train again") from error


def _load_weights(model: FusionModel, file: Path) -> None:
    if not file.is_file():
        raise InputError(f"{file} is missing: this is not a complete run folder; train again")
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{file} is damaged ({error}): restore it or train again") from error
    wrong = first_mismatch(model.state_dict(), tensors)
    if wrong is not None:
        raise InputError(
            f"{file} does not fit the network in {RECORD_FILE} (first mismatch: {wrong}): train again"
        )
    model.load_state_dict(tensors)
