"""The energy pass, apart from every run whose times are used: idle, then inference and streaming in processes of their own."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from edge_emotion.bundle.manifest import ModelFile
from edge_emotion.bundle.reader import Bundle
from edge_emotion.profiling.energy import Meter, MeterFacts
from edge_emotion.profiling.energy.account import Run, account
from edge_emotion.profiling.energy.csv_trace import read_trace
from edge_emotion.profiling.energy.sampler import Sampler
from edge_emotion.profiling.job import LoadOutcome, StreamOutcome
from edge_emotion.profiling.measure import Bench, Say, form_of, prepare
from edge_emotion.profiling.result import Energy, Phase
from edge_emotion.profiling.spawn import spawn
from edge_emotion.types import NS_PER_S

SETTLE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyPlan:
    """How long each part lasts; ``stream_s`` 0 leaves streaming out."""

    idle_s: float
    load_s: float
    repeats: int
    stream_s: float
    battery_wh: float | None = None


def measure_energy(bundle: Bundle, file: ModelFile, meter: Meter, plan: EnergyPlan, say: Say) -> Energy:
    """Run the phases under a meter of this machine.

    Raises
    ------
    InputError
        If the meter fails.
    """
    with Sampler(meter) as sampler:
        began_s, phases = _run_phases(bundle, file, plan, say)
    run = Run(
        engine=file.engine,
        precision=file.precision,
        phases=phases,
        battery_wh=plan.battery_wh,
        form=form_of(bundle, file),
    )
    return account(run, meter.facts, sampler.trace().moved(-began_s))


def mark_phases(bundle: Bundle, file: ModelFile, plan: EnergyPlan, say: Say) -> Energy:
    """Run the phases for a meter outside: all figures are ``None`` until its trace is read with `from_csv`."""
    _, phases = _run_phases(bundle, file, plan, say)
    return Energy(
        meter="external",
        scope="not read yet",
        engine=file.engine,
        precision=file.precision,
        battery_wh=plan.battery_wh,
        phases=phases,
        form=form_of(bundle, file),
    )


def from_csv(marked: Energy, path: Path, start_s: float, volts: float | None) -> Energy:
    """Figures from the trace of a meter outside; ``start_s`` is when the first phase began on the trace's clock.

    Raises
    ------
    InputError
        If the trace cannot be read or does not cover the phases.
    """
    facts = MeterFacts(
        name=f"csv {path.name}",
        scope="what the external meter stood in line with",
        highest_hz=1.0,
        uncertainty_source="see the meter's data sheet",
    )
    run = Run(
        engine=marked.engine,
        precision=marked.precision,
        phases=marked.phases,
        battery_wh=marked.battery_wh,
        form=marked.form,
    )
    return account(run, facts, read_trace(path, volts).moved(-start_s))


def _run_phases(
    bundle: Bundle, file: ModelFile, plan: EnergyPlan, say: Say
) -> tuple[float, tuple[Phase, ...]]:
    with tempfile.TemporaryDirectory(prefix="edge-emotion-energy-") as folder:
        bench = prepare(bundle, Path(folder), plan.stream_s)
        time.sleep(min(SETTLE_S, plan.idle_s))  # making the inputs was work: let it fade from the meter
        began_s = time.monotonic()
        say(f"energy: idle {plan.idle_s:g} s; leave the machine alone")
        time.sleep(plan.idle_s)
        phases = [Phase(name="idle", start_s=0.0, end_s=time.monotonic() - began_s)]
        say(f"energy: inference, {plan.repeats} times {plan.load_s:g} s")
        phases += [_load(bench, file, plan.load_s, began_s) for _ in range(plan.repeats)]
        if plan.stream_s > 0:
            say(f"energy: streaming {plan.stream_s:g} s")
            phases.append(_stream(bench, file, plan.stream_s, began_s))
    return began_s, tuple(phases)


def _load(bench: Bench, file: ModelFile, seconds: float, began_s: float) -> Phase:
    done = spawn(bench.job("load", file, seconds=seconds), LoadOutcome)
    return Phase(
        name="inference",
        start_s=done.began_ns / NS_PER_S - began_s,
        end_s=done.ended_ns / NS_PER_S - began_s,
        inferences=done.runs,
    )


def _stream(bench: Bench, file: ModelFile, seconds: float, began_s: float) -> Phase:
    done = spawn(bench.job("stream", file, seconds=seconds), StreamOutcome)
    return Phase(
        name="stream", start_s=done.began_ns / NS_PER_S - began_s, end_s=done.ended_ns / NS_PER_S - began_s
    )
