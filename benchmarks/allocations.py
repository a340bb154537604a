"""Memory that a report takes in steady state: what stays, and how much is held at once, by tracemalloc (numpy's arrays included).

A simulated session goes through the whole pipeline; counting begins two minutes after the first report: buffers are full.
``kept_bytes_per_report``: what is held at the end more than at the beginning, over the reports between; ``kept_at`` says where.
``peak_bytes``: the largest that was held at once within a push above what was held before it, median and most, of pushes that
end in a report and of the others.

    python benchmarks/allocations.py [--bundle FILE] [--engine auto] [--save]
"""

from __future__ import annotations

import argparse
import gc
import tracemalloc
from pathlib import Path

import common
import numpy as np
from latency import seconds_of

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.simulation.generator import simulate
from edge_emotion.types import Modality, Report

SETTLING_S = 60
"""After the first report: a window's length, and what the first inference made for ever."""
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, help="an .emo file (default: the shipped one)")
    parser.add_argument("--engine", choices=("auto", "onnxruntime", "litert"), default="auto")
    common.add_arguments(parser)
    args = parser.parse_args()
    bundle = load_bundle(args.bundle or default_bundle_path())
    engine = open_engine(bundle, args.engine)
    gc.freeze()  # as `edge-emotion run` does
    tracemalloc.start()
    pipeline = Pipeline(bundle.manifest, engine, (Modality.ECG, Modality.EDA))
    result = {"bundle": bundle.manifest.name, "engine": engine.name, **allocated(pipeline)}
    common.finish(f"allocations-{bundle.manifest.name}" if args.bundle else "allocations", result, args)


def allocated(pipeline: Pipeline) -> dict[str, object]:
    """See the module. ``pipeline`` must have been made while memory was traced, or what it replaces would count as new."""
    packets = list(seconds_of(simulate()))
    peaks = np.zeros(len(packets), np.int64)
    reported = np.zeros(len(packets), bool)
    settled: tracemalloc.Snapshot | None = None
    for number, packet in enumerate(packets):
        if settled is None and reported[: max(0, number - 2 * SETTLING_S)].any():
            settled = _now()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        events = pipeline.push(packet)
        peaks[number] = tracemalloc.get_traced_memory()[1] - before
        reported[number] = any(isinstance(e, Report) and e.probabilities for e in events)
        del events
        if settled is None:
            peaks[number], first = 0, number + 1
    assert settled is not None
    grown = _now().compare_to(settled, "lineno")
    told, other = peaks[first:][reported[first:]], peaks[first:][~reported[first:]]
    return {
        "reports": len(told),
        "kept_bytes_per_report": round(sum(d.size_diff for d in grown) / len(told), 1),
        "peak_bytes": {
            "report": {"p50": float(np.median(told)), "max": int(told.max())},
            "other": {"p50": float(np.median(other)), "max": int(other.max())},
        },
        "kept_at": [
            f"{_where(d.traceback[0].filename)}:{d.traceback[0].lineno} {d.size_diff}"
            for d in grown[:8]
            if d.size_diff > 0
        ],
    }


def _now() -> tracemalloc.Snapshot:
    """What is held, without what looking at it takes."""
    gc.collect()
    ours = (tracemalloc.__file__, __file__)
    return tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, name) for name in ours])


def _where(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-2:])


if __name__ == "__main__":
    main()
