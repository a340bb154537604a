"""The jobs of a measured process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import chain, repeat
from pathlib import Path
from statistics import mean

import msgspec

from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_hops, open_model
from edge_emotion.engines.streaming import StreamingEngine
from edge_emotion.profiling.inputs import Inputs, hop_windows, load_inputs
from edge_emotion.profiling.job import Job, JobKind, LoadOutcome, Outcome, PeakOutcome, TimedOutcome
from edge_emotion.profiling.plan import FULL
from edge_emotion.profiling.process import memory
from edge_emotion.profiling.pushing import push_sessions
from edge_emotion.profiling.timing import timed_ms
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.types import NS_PER_S, FloatArray

_NS_PER_MS = 1e6


def do(raw: bytes, import_ms: float) -> bytes:
    """Do the job that ``raw`` describes; gives the outcome as JSON."""
    job = msgspec.json.decode(raw, type=Job)
    return msgspec.json.encode(_JOBS[job.kind](job, import_ms))


def _model(job: Job, import_ms: float) -> Outcome:
    inputs = load_inputs(Path(job.inputs))
    began_ns = time.perf_counter_ns()
    bundle, engine = _opened(job)
    init_ms = (time.perf_counter_ns() - began_ns) / _NS_PER_MS
    windows = _given(inputs, bundle, engine)
    first_ns = time.perf_counter_ns()
    engine.run(windows[0])
    first_ms = (time.perf_counter_ns() - first_ns) / _NS_PER_MS
    took_ms, cpu_ms = timed_ms(lambda i: engine.run(windows[i % len(windows)]), job.plan or FULL)
    held = memory()
    return TimedOutcome(
        import_ms=import_ms,
        init_ms=init_ms,
        first_ms=first_ms,
        took_ms=took_ms,
        cpu_ms=cpu_ms,
        peak_rss_mb=held.peak_mb,
        steady_rss_mb=held.now_mb,
    )


def _report(job: Job, import_ms: float) -> Outcome:
    inputs, plan = load_inputs(Path(job.inputs)), job.plan or FULL
    began_ns = time.perf_counter_ns()
    bundle, engine = _opened(job)
    pipeline = Pipeline(bundle.manifest, engine, inputs.modalities)
    init_ms = (time.perf_counter_ns() - began_ns) / _NS_PER_MS
    pushed = push_sessions(pipeline, inputs, plan)
    held = memory()
    return TimedOutcome(
        import_ms=import_ms,
        init_ms=init_ms,
        first_ms=pushed.took_ms[0],
        took_ms=pushed.took_ms[plan.warm_up :],
        cpu_ms=mean(pushed.cpu_ms[plan.warm_up :]),
        peak_rss_mb=held.peak_mb,
        steady_rss_mb=held.now_mb,
        wearer_ms_per_s=pushed.wearer_cpu_ms / pushed.wearer_s,
    )


def _stream(job: Job, import_ms: float) -> Outcome:
    from edge_emotion.profiling.stream import stream  # asyncio, only where it is needed

    bundle, engine = _opened(job)
    return stream(bundle.manifest, engine, load_inputs(Path(job.inputs)), job.seconds)


def _load(job: Job, import_ms: float) -> Outcome:
    inputs = load_inputs(Path(job.inputs))
    bundle, engine = _opened(job)
    turns = chain.from_iterable(repeat(_given(inputs, bundle, engine)))
    engine.run(next(turns))
    began_ns = time.monotonic_ns()
    end_ns, runs = began_ns + int(job.seconds * NS_PER_S), 0
    while time.monotonic_ns() < end_ns:
        engine.run(next(turns))
        runs += 1
    return LoadOutcome(began_ns=began_ns, ended_ns=time.monotonic_ns(), runs=runs)


def _peak(job: Job, import_ms: float) -> Outcome:
    from edge_emotion.profiling.roofline import BEYOND_CACHES_BYTES, copy_gbytes_per_s, peak_gflops

    return PeakOutcome(
        gflops=peak_gflops(job.seconds),
        cache_gbytes_per_s=copy_gbytes_per_s(job.block_bytes, job.seconds),
        memory_gbytes_per_s=copy_gbytes_per_s(BEYOND_CACHES_BYTES, job.seconds),
    )


def _opened(job: Job) -> tuple[Bundle, Engine]:
    bundle = load_bundle(job.bundle)
    streaming = bundle.manifest.streaming
    hop = next((f for f in streaming.model_files if f.path == job.file), None) if streaming else None
    if streaming and hop:
        return bundle, open_hops(bundle, streaming, hop)
    file = next(f for f in bundle.manifest.model_files if f.path == job.file)
    return bundle, open_model(bundle.read(file.path), file, bundle.manifest.inputs, job.threads)


def _given(inputs: Inputs, bundle: Bundle, engine: Engine) -> tuple[Mapping[str, FloatArray], ...]:
    """What an engine is run on, one after the other and from the beginning again."""
    streaming = bundle.manifest.streaming
    if streaming and isinstance(engine, StreamingEngine):
        return hop_windows(inputs.windows[0], streaming)
    return inputs.windows


_JOBS: Mapping[JobKind, Callable[[Job, float], Outcome]] = {
    "model": _model,
    "report": _report,
    "stream": _stream,
    "load": _load,
    "peak": _peak,
}
