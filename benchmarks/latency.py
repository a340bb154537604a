"""From the last sample of a hop to its report, and one inference per engine and precision: batch 1, one thread.

A simulated session goes through the whole pipeline in packets of a second. ``report_p50_ms`` and ``report_p99_ms`` are wall
time of the push that ends in a report with an inference; ``wearer_ms_per_s`` is CPU time of everything per second of signal,
from the first such report on: while the reference is collected nothing is inferred. ``rss_mb`` is the process after the sessions,
without Bluetooth (benchmarks/footprint.py has the command's own).
They are at the bundle's own hop; ``hop_1s`` has the same with a report each second, whatever the bundle asks for.
``inference_p50_ms`` takes numpy in and gives numpy out, engines in turn, quantising included.

    python benchmarks/latency.py [--bundle FILE] [--engine auto] [--precision int8] [--calls 1000] [--save]

The result of a bundle that is named is kept under the bundle's name; files of one hop are used as `run` uses them.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Iterator
from pathlib import Path

import common
import msgspec
import numpy as np

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.manifest import Manifest
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_engine, open_model
from edge_emotion.engines.streaming import StreamingEngine
from edge_emotion.profiling.process import memory
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.simulation.generator import SimulatedRecording, simulate
from edge_emotion.types import NS_PER_S, FloatArray, Modality, Report, Samples

WARM_UP_CALLS = 50
SIGNALS = 2
"""ECG and EDA, each in packets of a second."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, help="an .emo file (default: the shipped one)")
    parser.add_argument("--engine", choices=("auto", "onnxruntime", "litert"), default="auto")
    parser.add_argument("--precision", choices=("int8", "float32"), default="int8")
    parser.add_argument("--calls", type=int, default=1000, help="inferences per engine and precision")
    common.add_arguments(parser)
    args = parser.parse_args()
    bundle = load_bundle(args.bundle or default_bundle_path())
    engine = open_engine(bundle, args.engine, args.precision)
    each_second = msgspec.structs.replace(bundle.manifest.signals, hop_s=1.0)
    result = {
        "engine": engine.name,
        "precision": args.precision,
        "bundle": bundle.manifest.name,
        "hop_by_hop": isinstance(engine, StreamingEngine),
        "hop_s": bundle.manifest.signals.hop_s,
        **whole_session(bundle.manifest, engine),
        "hop_1s": whole_session(msgspec.structs.replace(bundle.manifest, signals=each_second), engine),
        "rss_mb": memory().now_mb,
        "inference_p50_ms": inference_p50_ms(bundle, args.calls),
    }
    common.finish(f"latency-{bundle.manifest.name}" if args.bundle else "latency", result, args)


def whole_session(manifest: Manifest, engine: Engine) -> dict[str, float]:
    """Wall time of the pushes that inferred, and CPU time per second of signal."""
    pipeline = Pipeline(manifest, engine, (Modality.ECG, Modality.EDA))
    packets = list(seconds_of(simulate()))
    gc.freeze()  # as `edge-emotion run` does
    reports_ms: list[float] = []
    cpu_began_ns, signal_s = 0, 0.0
    for packet in packets:
        if not reports_ms:
            cpu_began_ns, signal_s = time.process_time_ns(), 0.0
        signal_s += 1 / SIGNALS
        began_ns = time.perf_counter_ns()
        events = pipeline.push(packet)
        took_ms = (time.perf_counter_ns() - began_ns) / 1e6
        if any(isinstance(event, Report) and event.probabilities for event in events):
            reports_ms.append(took_ms)
    cpu_ms = (time.process_time_ns() - cpu_began_ns) / 1e6
    return {
        "reports": len(reports_ms),
        "report_p50_ms": float(np.percentile(reports_ms, 50)),
        "report_p99_ms": float(np.percentile(reports_ms, 99)),
        "wearer_ms_per_s": cpu_ms / signal_s,
    }


def seconds_of(session: SimulatedRecording) -> Iterator[Samples]:
    """ECG and EDA in turn, a second each."""
    signals = (
        (Modality.ECG, session.ecg_rate_hz, session.ecg_mv),
        (Modality.EDA, session.eda_rate_hz, session.eda_us),
    )
    for second in range(int(len(session.eda_us) / session.eda_rate_hz)):
        for modality, rate_hz, values in signals:
            start, stop = int(second * rate_hz), int((second + 1) * rate_hz)
            time_ns = round(start / rate_hz * NS_PER_S)
            yield Samples(modality=modality, time_ns=time_ns, rate_hz=rate_hz, values=values[start:stop])


def inference_p50_ms(bundle: Bundle, calls: int) -> dict[str, float]:
    """Median per model file, the files taking turns so that a busy moment hits all of them."""
    files = {f"{f.engine}-{f.precision}": f for f in bundle.manifest.model_files}
    inputs = bundle.manifest.inputs
    engines = {name: open_model(bundle.read(f.path), f, inputs) for name, f in files.items()}
    row = one_window(bundle)
    took_ms: dict[str, list[float]] = {name: [] for name in engines}
    for call in range(-WARM_UP_CALLS, calls):
        for name, engine in engines.items():
            began_ns = time.perf_counter_ns()
            engine.run(row)
            if call >= 0:
                took_ms[name].append((time.perf_counter_ns() - began_ns) / 1e6)
    return {name: float(np.median(values)) for name, values in took_ms.items()}


def one_window(bundle: Bundle) -> dict[str, FloatArray]:
    """Random values within the clipping limit, every role present: time does not depend on them."""
    random = np.random.default_rng(0)
    limit = bundle.manifest.normalisation.limit
    row = {
        spec.name: np.clip(random.normal(size=spec.shape), -limit, limit).astype(np.float32)
        for spec in bundle.manifest.inputs
    }
    row["present"] = np.ones_like(row["present"])
    return row


if __name__ == "__main__":
    main()
