"""A bundle's trial: in a process of its own, with bounded memory and time, on windows whose answers are looked at.

A model file is code-like: engines crash by signal, take all memory or give nonsense for files that pass every check of
their form. None of that may happen in the process that a wearer depends on.
"""

from __future__ import annotations

import asyncio
import math
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import msgspec

from edge_emotion.bundle.manifest import Precision
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import EngineChoice, open_engine
from edge_emotion.errors import BundleError, EdgeEmotionError
from edge_emotion.recording.reading import header_of
from edge_emotion.recording.replaying import RecordedSession
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.simulation.generator import simulate
from edge_emotion.sources import Source
from edge_emotion.sources.simulator import SimulatorSource
from edge_emotion.types import Gap, Report, Samples

MEMORY_BYTES = 3 << 30
LONGEST_CPU_S = 300
LONGEST_S = 600.0
SIMULATED_SEED = 7


class TrialJob(msgspec.Struct, frozen=True, kw_only=True):
    """What to try.

    Parameters
    ----------
    recording
        A session of ``--record``; ``None``: a made-up person.
    """

    bundle: str
    engine: EngineChoice
    precision: Precision
    recording: str | None = None


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the trial saw: the verdict on each window in order, and what a report took, as the median in ms."""

    verdicts: tuple[str, ...]
    inferences: int
    report_ms: float
    fault: str | None = None


def tried(job: TrialJob) -> TrialResult:
    """Do a job in a child.

    Raises
    ------
    BundleError
        If the child crashes, takes too long or too much, or finds a fault.
    """
    command = [sys.executable, "-m", "edge_emotion.updates.trial"]
    try:
        done = subprocess.run(
            command, input=msgspec.json.encode(job), capture_output=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise BundleError(
            f"{job.bundle}: its trial took longer than {LONGEST_S:g} s; it is refused"
        ) from None
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"code {done.returncode}"
        raise BundleError(f"{job.bundle}: its trial ended with {how} ({lines[-1][:200]}); it is refused")
    result = msgspec.json.decode(done.stdout, type=TrialResult)
    if result.fault is not None:
        raise BundleError(f"{job.bundle}: {result.fault}; it is refused")
    return result


def run_trial(job: TrialJob) -> TrialResult:
    """Do a job here.

    Raises
    ------
    EdgeEmotionError
        If bundle, engine or recording cannot be used.
    """
    bundle = load_bundle(Path(job.bundle))
    engine = open_engine(bundle, job.engine, job.precision)
    source = _source(job)
    pipeline = Pipeline(bundle.manifest, engine, source.modalities)
    reports = asyncio.run(_reports(source, pipeline))
    verdicts = tuple(str(r.abstention or r.label) for r in reports)
    inferred = [r for r in reports if r.probabilities]
    report_ms = median(sum(r.latency_ms.values()) for r in inferred) if inferred else 0.0
    hop_ms = 1e3 * bundle.manifest.signals.hop_s
    fault = None
    if any(not _is_distribution(list(r.probabilities.values())) for r in inferred):
        fault = "says probabilities that are none"
    elif job.recording is None and not inferred:
        fault = "never came to a decision about a made-up person with perfect signals"
    elif report_ms > hop_ms:
        fault = f"needs {report_ms:.0f} ms for a report; the next one is due after {hop_ms:.0f} ms"
    return TrialResult(verdicts=verdicts, inferences=len(inferred), report_ms=report_ms, fault=fault)


def _source(job: TrialJob) -> Source:
    if job.recording is None:
        return SimulatorSource(simulate(seed=SIMULATED_SEED))
    path = Path(job.recording)
    return RecordedSession(path, header_of(path).modalities)


async def _reports(source: Source, pipeline: Pipeline) -> list[Report]:
    reports = []
    async for item in source:
        if isinstance(item, Samples | Gap):
            reports += [event for event in pipeline.push(item) if isinstance(event, Report)]
    return reports


def _is_distribution(shares: list[float]) -> bool:
    return all(math.isfinite(s) and -1e-6 <= s <= 1 + 1e-6 for s in shares) and abs(sum(shares) - 1) < 1e-3


def main() -> int:
    """The child: a job on stdin, a result on stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU_S, LONGEST_CPU_S))
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=TrialJob)
    try:
        result = run_trial(job)
    except EdgeEmotionError as error:
        result = TrialResult(verdicts=(), inferences=0, report_ms=0.0, fault=str(error).replace("\n", " "))
    sys.stdout.buffer.write(msgspec.json.encode(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
