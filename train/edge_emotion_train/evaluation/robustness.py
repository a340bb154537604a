"""The robustness panel: a finished run through the runtime's own pipeline, on held-out people whose signals were spoiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edge_emotion.bundle.manifest import SCHEMA_VERSION, Manifest, ModelSpec, QuantizationSpec
from edge_emotion.errors import InputError
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import NS_PER_S, FloatArray, Report, Role, Samples
from edge_emotion_train.datasets import Recording, open_dataset
from edge_emotion_train.evaluation import perturbing
from edge_emotion_train.evaluation.metrics import confusion_by_person, macro_f1
from edge_emotion_train.evaluation.perturbing import Trouble
from edge_emotion_train.evaluation.robustness_panel import ConditionResult, RobustnessPanel
from edge_emotion_train.fanout import Processes, Task, in_order
from edge_emotion_train.learning.progress import track
from edge_emotion_train.models import FusionModel
from edge_emotion_train.preparation.labelling import UNLABELLED, LabelOf, label_windows
from edge_emotion_train.recipe import load_recipe
from edge_emotion_train.runs.record import Run, RunRecord, load_run, read_record

SILENT = -1
SEED = 0


class TrainedEngine:
    """The trained network behind the runtime's protocol."""

    name = "torch"
    precision = "float32"

    def __init__(self, model: FusionModel) -> None:
        self._model = model

    def run(self, inputs: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        with torch.inference_mode():
            logits, contributions = self._model(**{n: torch.from_numpy(v) for n, v in inputs.items()})
        return {"logits": logits.numpy(), "contributions": contributions.numpy()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Of one person under one condition, by window end: truth and what was said, or `SILENT`; shape (N,)."""

    end_ns: NDArray[np.int64]
    truth: NDArray[np.int64]
    said: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiling:
    """One person under one condition: what a worker process needs."""

    run: Path
    data: Path
    recipe: str
    person: str
    number: int


def troubles(spec: SignalSpec) -> tuple[Trouble, ...]:
    """All conditions; ``clean`` first."""
    drifts = (("1 % fast", 0.01), ("1 % slow", -0.01))
    missing = (("no heart", Role.CARDIAC), ("no skin conductance", Role.EDA))
    return (
        Trouble(group="clean", name="clean"),
        *(Trouble(group="modality missing", name=n, recording=perturbing.without(r)) for n, r in missing),
        *(
            Trouble(group="beats lost", name=f"{s:.0%} of beats", recording=perturbing.beats_lost(s, spec))
            for s in (0.05, 0.1, 0.2)
        ),
        *(
            Trouble(group="dropouts, one a minute", name=f"{s:g} s", packets=perturbing.dropouts(s))
            for s in (1.0, 5.0, 10.0)
        ),
        *(
            Trouble(group="packets lost", name=f"{s:.0%} of packets", packets=perturbing.packets_lost(s))
            for s in (0.01, 0.05, 0.2)
        ),
        *(
            Trouble(group="noise", name=f"{s:g} dB", recording=perturbing.noise(s))
            for s in (20.0, 10.0, 5.0, 0.0)
        ),
        Trouble(group="electrode", name="slips by 0.5 to 2 uS", recording=perturbing.eda_steps()),
        Trouble(group="electrode", name="off for 10 s a min", recording=perturbing.eda_contact_lost()),
        *(
            Trouble(
                group="clock and rate",
                name=n,
                recording=perturbing.drift(s),
                packets=perturbing.says_nominal(s),
            )
            for n, s in drifts
        ),
        Trouble(group="clock and rate", name="other sensor's rates", recording=perturbing.other_rates()),
    )


def judge_robustness(run: Path, data: Path, recipe: str | None, people: int, jobs: int) -> RobustnessPanel:
    """The panel of a run on up to ``people`` of its held-out people, ``jobs`` conditions at a time.

    Raises
    ------
    InputError
        If the run has nobody held out.
    """
    record = read_record(run)
    chosen = record.training.held_out[:people]
    if not chosen:
        raise InputError(
            f"{run} holds nobody out, so nobody can be spoiled: name held_out people in the recipe"
        )
    conditions = troubles(record.signals)
    tasks = [
        Task(
            name=f"{condition.name}, {person}",
            item=Spoiling(run=run, data=data, recipe=recipe or record.recipe, person=person, number=number),
        )
        for number, condition in enumerate(conditions)
        for person in chosen
    ]
    finished = Processes(jobs).as_finished(_work, tasks)
    found = list(in_order(track(finished, "spoiling signals", len(tasks))))
    parts = [found[i : i + len(chosen)] for i in range(0, len(found), len(chosen))]
    classes = len(record.labels)
    return RobustnessPanel(
        people=tuple(chosen),
        seed=SEED,
        conditions=tuple(
            condition(trouble, part, parts[0], classes)
            for trouble, part in zip(conditions, parts, strict=True)
        ),
    )


def _work(task: Spoiling) -> Said:
    torch.set_num_threads(1)
    run = load_run(task.run)
    name, _, own = task.person.partition("/")
    mapping = load_recipe(task.recipe).dataset(name).label_of
    recording = open_dataset(name, task.data).load(own)
    return listen(run, recording, mapping, troubles(run.record.signals)[task.number], task.number)


def listen(run: Run, recording: Recording, mapping: LabelOf, trouble: Trouble, number: int) -> Said:
    """What the run says about a spoiled recording, window by window."""
    record = run.record
    random = np.random.default_rng([SEED, number, *recording.name.encode()])
    items = trouble.spoil(recording, random)
    reports = reports_of(run, items)
    ends = np.array([r.end_ns for r in reports], np.int64)
    starts = np.array([r.start_ns for r in reports], np.int64)
    truth = label_windows(starts / NS_PER_S, ends / NS_PER_S, recording.intervals, mapping, record.labels)
    said = [SILENT if r.label is None else record.labels.index(r.label) for r in reports]
    judged = (truth != UNLABELLED) & (starts >= record.normalisation.reference_s * NS_PER_S)
    return Said(end_ns=ends[judged], truth=truth[judged], said=np.array(said, np.int64)[judged])


def reports_of(run: Run, items: list[Samples]) -> list[Report]:
    """What a device that runs the trained network itself would report."""
    modalities = tuple(dict.fromkeys(item.modality for item in items))
    if not modalities:
        return []
    pipeline = Pipeline(_manifest(run.record, run.model), TrainedEngine(run.model), modalities)
    return [event for item in items for event in pipeline.push(item) if isinstance(event, Report)]


def condition(trouble: Trouble, found: list[Said], clean: list[Said], classes: int) -> ConditionResult:
    """One row of the panel: windows of ``clean`` that were not even cut count as abstained."""
    whole = [_like(said, reference) for said, reference in zip(found, clean, strict=True)]
    people = np.concatenate([np.full(len(s), str(i)) for i, s in enumerate(whole)])
    said = np.concatenate(whole)
    truth = np.concatenate([reference.truth for reference in clean])
    spoken = said != SILENT
    counts = confusion_by_person(truth[spoken], said[spoken], people[spoken], classes)
    names = sorted(set(people[spoken].tolist()))
    own = {name: _f1(table) for name, table in zip(names, counts, strict=True)}
    return ConditionResult(
        group=trouble.group,
        name=trouble.name,
        windows=len(truth),
        abstained=float(1 - spoken.mean()) if len(truth) else 1.0,
        macro_f1=_f1(counts.sum(axis=0)),
        people_macro_f1=tuple(own.get(str(i)) for i in range(len(whole))),
    )


def _like(found: Said, clean: Said) -> NDArray[np.int64]:
    """What was said at the windows of ``clean``."""
    by_end = dict(zip(found.end_ns.tolist(), found.said.tolist(), strict=True))
    return np.array([by_end.get(end, SILENT) for end in clean.end_ns.tolist()], np.int64)


def _f1(confusion: NDArray[np.float64]) -> float | None:
    """Macro-F1; ``None`` where the truth holds one class only, which says nothing."""
    return float(macro_f1(confusion)) if (confusion.sum(axis=1) > 0).sum() > 1 else None


def _manifest(record: RunRecord, model: FusionModel) -> Manifest:
    """What the pipeline reads; there is no file yet that the rest could describe."""
    family = str(record.model.__struct_config__.tag)
    return Manifest(
        schema_version=SCHEMA_VERSION,
        minimum_runtime="0",
        name=record.recipe,
        version="0",
        labels=record.labels,
        roles=record.roles,
        model=ModelSpec(family=family, paper="", parameters=model.parameter_count(), macs=0),
        signals=record.signals,
        inputs=(),
        normalisation=record.normalisation,
        decision=record.decision,
        quantization=QuantizationSpec(recipe="none", calibration_sha256="", calibration_windows=0),
        model_files=(),
        fidelity=(),
        training=record.training,
        files=(),
    )
