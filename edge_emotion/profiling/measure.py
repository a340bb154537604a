"""The benchmark: all cells in rounds, so that a busy moment hits all of them, then streaming, roofline, energy."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import msgspec

from edge_emotion.bundle.manifest import ModelFile
from edge_emotion.bundle.reader import Bundle
from edge_emotion.engines.opening import installed_engines
from edge_emotion.errors import BundleError
from edge_emotion.profiling.context import take_conditions, take_context
from edge_emotion.profiling.inputs import make_inputs, save_inputs
from edge_emotion.profiling.installed import install_mb
from edge_emotion.profiling.job import Job, PeakOutcome, StreamOutcome, TimedOutcome
from edge_emotion.profiling.plan import Plan
from edge_emotion.profiling.remarks import is_valid, remarks_on
from edge_emotion.profiling.result import SCHEMA, Cell, Form, Result, Stream, cell_key
from edge_emotion.profiling.roofline import roofline
from edge_emotion.profiling.spawn import spawn
from edge_emotion.profiling.stream import stream_figures
from edge_emotion.profiling.timing import distribution

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to measure.

    Parameters
    ----------
    engines, precisions
        Empty: all that the bundle holds and this machine has.
    threads
        The model is timed with 1 to this many; everything else runs on one, as the product does.
    stream_s
        0: no streaming.
    """

    plan: Plan
    engines: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    threads: int = 1
    stream_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be timed in one cell."""

    what: Literal["model", "report"]
    file: ModelFile
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A bundle with its inputs on disk, ready for measured processes."""

    bundle: Bundle
    inputs: Path

    def job(
        self,
        kind: Literal["model", "report", "stream", "load"],
        file: ModelFile,
        *,
        threads: int = 1,
        plan: Plan | None = None,
        seconds: float = 0.0,
    ) -> Job:
        """A job on one of the bundle's models."""
        return Job(
            kind=kind,
            bundle=str(self.bundle.path.resolve()),
            file=file.path,
            threads=threads,
            inputs=str(self.inputs),
            plan=plan,
            seconds=seconds,
        )


def measure(bundle: Bundle, wish: Wish, say: Say) -> Result:
    """Everything but energy, which has a pass of its own (`edge_emotion.profiling.energy.passes`).

    Who lets another pass follow looks at the machine again (`edge_emotion.profiling.remarks.looked_again`).
    """
    files = wanted_files(bundle, wish)
    before = take_conditions()
    with tempfile.TemporaryDirectory(prefix="edge-emotion-benchmark-") as folder:
        bench = prepare(bundle, Path(folder), wish.stream_s)
        wanted = targets(files, hop_files(bundle), wish.threads)
        cells = measure_cells(bench, wanted, wish.plan, say)
        streamed = measure_stream(bench, files[0], wish.stream_s, say) if wish.stream_s > 0 else None
    largest = max(c.model_bytes for c in cells)
    peak = spawn(Job(kind="peak", seconds=max(0.2, wish.plan.seconds / 10), block_bytes=largest), PeakOutcome)
    context = take_context(bundle, before, take_conditions())
    remarks = remarks_on(context)
    return Result(
        schema=SCHEMA,
        mode=wish.plan.mode,
        valid=is_valid(remarks),
        remarks=remarks,
        context=context,
        install_mb=install_mb(),
        cells=cells,
        stream=streamed,
        roofline=roofline(bundle, cells, peak),
        energy=None,
        estimate=None,
    )


def prepare(bundle: Bundle, folder: Path, streamed_s: float) -> Bench:
    """Write the inputs into a folder."""
    path = folder / "inputs.npz"
    save_inputs(make_inputs(bundle, streamed_s), path)
    return Bench(bundle=bundle, inputs=path)


def wanted_files(bundle: Bundle, wish: Wish) -> tuple[ModelFile, ...]:
    """The bundle's models that are wished for and have an engine here; first what a session would open.

    That is int8 in the best engine, and of one hop where there is such a file.

    Raises
    ------
    BundleError
        If none is left.
    """
    here = installed_engines()
    files = [
        f
        for f in (*bundle.manifest.model_files, *hop_files(bundle))
        if f.engine in here
        and (not wish.engines or f.engine in wish.engines)
        and (not wish.precisions or f.precision in wish.precisions)
    ]
    if not files:
        held = ", ".join(f"{f.engine} {f.precision}" for f in bundle.manifest.model_files)
        asked = " ".join((*wish.engines, *wish.precisions)) or "any"
        raise BundleError(
            f"{bundle.path}: no model to measure: asked for {asked}, the bundle holds {held}, "
            f"installed: {', '.join(here) or 'no engine'}"
        )
    hops = hop_files(bundle)
    return tuple(sorted(files, key=lambda f: (f.precision != "int8", here.index(f.engine), f not in hops)))


def hop_files(bundle: Bundle) -> tuple[ModelFile, ...]:
    """The bundle's files of one hop."""
    return bundle.manifest.streaming.model_files if bundle.manifest.streaming else ()


def form_of(bundle: Bundle, file: ModelFile) -> Form:
    """What a file takes."""
    return "hop" if file in hop_files(bundle) else "window"


def targets(files: tuple[ModelFile, ...], hops: tuple[ModelFile, ...], threads: int) -> tuple[Target, ...]:
    """The model alone with each number of threads, then sample to report with one; one hop is too little work for more."""
    alone = [
        Target(what="model", file=f, threads=n)
        for f in files
        for n in range(1, (1 if f in hops else threads) + 1)
    ]
    return (*alone, *(Target(what="report", file=f, threads=1) for f in files))


def cell_keys(bundle: Bundle, wish: Wish) -> tuple[str, ...]:
    """What the cells of the run will be called.

    Raises
    ------
    BundleError
        As `wanted_files`.
    """
    wanted = targets(wanted_files(bundle, wish), hop_files(bundle), wish.threads)
    return tuple(
        cell_key(t.what, f"{t.file.engine}-{t.file.precision}", form_of(bundle, t.file), t.threads)
        for t in wanted
    )


def measure_cells(bench: Bench, wanted: tuple[Target, ...], plan: Plan, say: Say) -> tuple[Cell, ...]:
    """Each target once a round, in fresh processes; every other round backwards, so that drift cancels."""
    outcomes: defaultdict[int, list[TimedOutcome]] = defaultdict(list)
    for round_ in range(plan.repeats):
        say(
            f"round {round_ + 1} of {plan.repeats}: {len(wanted)} cells, {len(wanted) * plan.seconds:g} s or more"
        )
        order = range(len(wanted)) if round_ % 2 == 0 else reversed(range(len(wanted)))
        for i in order:
            target = wanted[i]
            job = bench.job(target.what, target.file, threads=target.threads, plan=plan)
            outcomes[i].append(spawn(job, TimedOutcome))
    return tuple(_cell(bench.bundle, target, outcomes[i]) for i, target in enumerate(wanted))


def measure_stream(bench: Bench, file: ModelFile, seconds: float, say: Say) -> Stream:
    """Real time through one model."""
    say(f"streaming {seconds:g} s in real time, {file.engine} {file.precision}")
    outcome = spawn(bench.job("stream", file, seconds=seconds), StreamOutcome)
    found = stream_figures(outcome, file.engine, file.precision, bench.bundle.manifest.signals.hop_s)
    return msgspec.structs.replace(found, form=form_of(bench.bundle, file))


def _cell(bundle: Bundle, target: Target, outcomes: list[TimedOutcome]) -> Cell:
    wearer = [o.wearer_ms_per_s for o in outcomes if o.wearer_ms_per_s is not None]
    return Cell(
        what=target.what,
        engine=target.file.engine,
        precision=target.file.precision,
        threads=target.threads,
        model_bytes=len(bundle.read(target.file.path)),
        import_ms=median(o.import_ms for o in outcomes),
        init_ms=median(o.init_ms for o in outcomes),
        first_ms=median(o.first_ms for o in outcomes),
        times=distribution([o.took_ms for o in outcomes], [o.cpu_ms for o in outcomes]),
        peak_rss_mb=max(o.peak_rss_mb for o in outcomes),
        steady_rss_mb=max(o.steady_rss_mb for o in outcomes),
        wearer_ms_per_s=median(wearer) if wearer else None,
        form=form_of(bundle, target.file),
    )
