"""From a trained network to its files, by recipe: convert, quantise, and choose the rung on training windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from torch import nn

from edge_emotion.bundle.consistency import OUTPUT_NAMES
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_model
from edge_emotion.errors import EngineError, UsageError
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.calibration import rows_of, with_missing_roles
from edge_emotion_export.graph import int8_mac_share
from edge_emotion_export.ladder import Faithfulness, Rung, climb
from edge_emotion_export.network.finetuning import fine_tune
from edge_emotion_export.network.layout import Flat
from edge_emotion_export.onnx.converting import convert_to_onnx
from edge_emotion_export.onnx.quantising import RUNGS as ONNX_RUNGS
from edge_emotion_export.onnx.quantising import quantise_onnx, store_onnx
from edge_emotion_export.packing.binding import describe
from edge_emotion_export.packing.describing import input_specs
from edge_emotion_export.proof.arithmetic import read_operators
from edge_emotion_export.proof.reference import Reference, label_agreement, probabilities_of, reference_of
from edge_emotion_export.recipes import Format, Order, Recipe
from edge_emotion_export.streaming import streaming_network
from edge_emotion_export.tflite.converting import convert_to_tflite
from edge_emotion_export.tflite.quantising import RUNGS as TFLITE_RUNGS
from edge_emotion_export.tflite.quantising import quantise_tflite, store_tflite
from edge_emotion_train.models import family_of
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import TrainingSettings
from edge_emotion_train.runs.record import Run

Progress = Callable[[str], None]
_JUDGING_WINDOWS = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """How one format is made."""

    convert: Callable[[nn.Module, Row, Sequence[str]], Artefact]
    quantise: Callable[[Artefact, Sequence[Row], Rung], Artefact]
    store: Callable[[Artefact, Literal["dynamic", "float16"]], Artefact]
    rungs: tuple[Rung, ...]


MAKERS: dict[Format, Maker] = {
    "onnx": Maker(convert=convert_to_onnx, quantise=quantise_onnx, store=store_onnx, rungs=ONNX_RUNGS),
    "tflite": Maker(
        convert=convert_to_tflite, quantise=quantise_tflite, store=store_tflite, rungs=TFLITE_RUNGS
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A float file, and what the recipe made of it; the second is ``None`` for float32.

    Parameters
    ----------
    rows
        Calibration windows as both files take them.
    """

    source: Artefact
    derived: Artefact | None
    rows: Sequence[Row]

    @property
    def files(self) -> tuple[Artefact, ...]:
        """Both, without what is not there."""
        return (self.source,) if self.derived is None else (self.source, self.derived)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What all formats of one export have in common.

    Parameters
    ----------
    learned
        The network that was fine-tuned for int8; ``None`` for other recipes than ``qat-int8``.
    rows
        Calibration windows.
    judging
        What the trained network says of training windows, by which a rung is chosen; ``None`` without ranges.
    opening
        Opens a candidate so that it takes whole windows.
    """

    run: Run
    recipe: Recipe
    learned: nn.Module | None
    rows: Sequence[Row]
    judging: Reference | None
    opening: Callable[[Artefact], Engine]
    progress: Progress


def make_files(
    run: Run, order: Order, calibration: WindowSet, settings: TrainingSettings | None, progress: Progress
) -> list[Made]:
    """Every format's files.

    Parameters
    ----------
    calibration
        Windows for the ranges.
    settings
        The training recipe's; needed by ``qat-int8``.

    Raises
    ------
    EngineError
        If a converter or an engine fails; the message names a recipe that works.
    UsageError
        If the network cannot be fine-tuned for int8.
    """
    network, learned = Flat(run.model).eval(), None
    if order.recipe is Recipe.QAT:
        assert settings is not None  # export_run reads them
        _check_tunable(run)
        progress("fine-tuning the network for int8")
        learned = fine_tune(run.model, run.calibration, settings, progress)
    rows = rows_of(calibration)
    inputs = input_specs(run, rows[0])
    job = Job(
        run=run,
        recipe=order.recipe,
        learned=learned,
        rows=rows,
        judging=judging_windows(run) if order.recipe.calibrated else None,
        opening=lambda artefact: open_model(artefact.content, describe(artefact, rows[0]), inputs),
        progress=progress,
    )
    sources = {}
    for name in order.formats:
        progress(f"converting to {name}")
        sources[name] = MAKERS[name].convert(network, rows[0], OUTPUT_NAMES)
    return make_derived(job, sources, MAKERS)


def make_derived(job: Job, sources: Mapping[Format, Artefact], makers: Mapping[Format, Maker]) -> list[Made]:
    """What the recipe makes of each float file, beside it.

    Raises
    ------
    EngineError
        If an engine or a quantiser fails; the message names a recipe that works.
    """
    made = []
    for name, source in sources.items():
        try:
            derived = _derived(job, makers[name], source)
        except EngineError as error:
            raise EngineError(
                f"{job.recipe} does not work for this network as {name}: {error}; take --recipe float32, or leave "
                f"{name} out with --formats"
            ) from error
        made.append(Made(source=source, derived=derived, rows=job.rows))
    return made


def _check_tunable(run: Run) -> None:
    if streaming_network(run) is not None:
        raise UsageError(
            f"qat-int8 is not made for {family_of(run.record.model)}: the zeros of its merged layers would become weights; "
            "take --recipe static-int8"
        )


def judging_windows(run: Run) -> Reference:
    """What the trained network says of training windows, copies without a modality included: by it a rung is chosen."""
    # A few hundred windows cannot tell 99.0 from 99.7 %.
    step = -(-len(run.calibration) // _JUDGING_WINDOWS)
    some = run.calibration.take(np.arange(0, len(run.calibration), step))
    return reference_of(
        run.model, with_missing_roles(some, run.record.roles), run.record.decision.temperature
    )


def _derived(job: Job, maker: Maker, source: Artefact) -> Artefact | None:
    match job.recipe:
        case Recipe.FLOAT32:
            return None
        case Recipe.FLOAT16:
            return maker.store(source, "float16")
        case Recipe.DYNAMIC:
            return _told(maker.store(source, "dynamic"))
        case Recipe.STATIC:
            return _static(job, maker, source)
        case Recipe.QAT:
            assert job.learned is not None  # made above for this recipe
            static = _static(job, maker, maker.convert(job.learned, job.rows[0], OUTPUT_NAMES))
            return replace(static, recipe=f"weights fine-tuned for int8; {static.recipe}")


def _static(job: Job, maker: Maker, source: Artefact) -> Artefact:
    rows, reference = job.rows, job.judging
    assert reference is not None  # made above for recipes with ranges
    job.progress(f"quantising to int8 on {len(rows)} calibration windows")

    def judge(artefact: Artefact) -> Faithfulness:
        found = probabilities_of(job.opening(artefact), reference)
        error = float(np.abs(found - reference.probabilities).mean())
        return Faithfulness(labels=label_agreement(found, reference.probabilities), mean_error=error)

    choice = climb(maker.rungs, partial(maker.quantise, source, rows), judge)
    tried = ", ".join(f"{rung} {kept.labels:.4f}" for rung, kept in choice.tried)
    kept_on = f"labels kept on {len(reference.windows)} training windows: {tried}"
    job.progress(f"  {kept_on}")
    told = _told(choice.artefact)
    return replace(told, recipe=f"{told.recipe} ({kept_on})", rung=choice.rung)


def _told(artefact: Artefact) -> Artefact:
    share = int8_mac_share(read_operators(artefact))
    return replace(artefact, recipe=f"{artefact.recipe}; {share:.1%} of the multiply-accumulates run in int8")
