"""Many simulated wearers on one machine: CPU, memory and lateness of a report, with the shipped model.

Each wearer has a session, chain, pipeline and sink of its own and begins at a random moment; signals of one made-up person (ECG
130 Hz, EDA 15 Hz, packets of half a second) are shared. The wearer's own reference is shortened to a minute: the model runs from
the second minute on. Lateness is the time from a window's end to its report, without the packets' own length.

    python benchmarks/fleet.py --wearers 1000 --seconds 180 --jobs 2 [--save]
    python benchmarks/fleet.py --wearers 200 --seconds 180 --virtual     # CPU and memory alone: for a busy machine
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import common
import msgspec
import numpy as np

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.clock import Clock, SystemClock
from edge_emotion.engines.opening import open_engine
from edge_emotion.runtime.fleet import Fleet
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.simulation.virtual_time import VirtualClock, VirtualTimeLoop
from edge_emotion.sinks import SinkItem
from edge_emotion.sources import SourceItem
from edge_emotion.types import NS_PER_S, Modality, Report, Samples

PACKET_S = 0.5
REFERENCE_S = 60.0
STAGGER_S = 5.0


def main() -> None:
    """Start the workers, gather what they saw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wearers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--virtual", action="store_true", help="do not wait: no lateness is measured")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    common.add_arguments(parser)
    args = parser.parse_args()
    if args.worker is not None:
        print(json.dumps(work(args)))
        return
    shares = [args.wearers // args.jobs + (n < args.wearers % args.jobs) for n in range(args.jobs)]
    began_s = time.monotonic()
    flags = ["--seconds", str(args.seconds), *(["--virtual"] if args.virtual else [])]
    children = [
        subprocess.Popen(
            [sys.executable, __file__, "--worker", str(n), "--wearers", str(share), *flags],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n, share in enumerate(shares)
    ]
    found = [json.loads(child.communicate()[0]) for child in children]
    common.finish(
        "fleet-virtual" if args.virtual else "fleet", summed(found, args, time.monotonic() - began_s), args
    )


def summed(
    found: list[dict[str, float | list[float]]], args: argparse.Namespace, wall_s: float
) -> dict[str, object]:
    """One result of all workers."""
    late_ms = np.array([ms for f in found for ms in f["late_ms"]])  # type: ignore[union-attr]
    cpu_s = sum(float(f["cpu_s"]) for f in found)  # type: ignore[arg-type]
    per_wearer_ms = 1e3 * cpu_s / (args.wearers * args.seconds)
    lateness = (
        {}
        if args.virtual
        else {
            f"report_late_ms_{name}": round(float(np.percentile(late_ms, p)), 1)
            for name, p in (("p50", 50), ("p99", 99), ("max", 100))
        }
    )
    return {
        "wearers": args.wearers,
        "processes": args.jobs,
        "seconds": args.seconds,
        "reports": int(sum(f["reports"] for f in found)),  # type: ignore[misc]
        "inferences": int(sum(f["inferences"] for f in found)),  # type: ignore[misc]
        "broken_sessions": int(sum(f["broken"] for f in found)),  # type: ignore[misc]
        "cpu_ms_per_wearer_second": round(per_wearer_ms, 3),
        "wearers_per_core_at_70_percent": int(700 / per_wearer_ms),
        "rss_mb": round(sum(float(f["rss_mb"]) for f in found), 1),  # type: ignore[arg-type]
        "rss_kb_per_wearer": round(
            sum(float(f["rss_kb_per_wearer"]) * float(f["wearers"]) for f in found) / args.wearers, 1
        ),  # type: ignore[arg-type]
        **lateness,
        "wall_s": round(wall_s, 1),
        "load_average": [round(value, 1) for value in os.getloadavg()],
    }


class Signals:
    """One made-up person, shared by all wearers of a process."""

    def __init__(self, seconds: float) -> None:
        made = simulate(Protocol(phase=(Phase(name="rest", duration_s=seconds + 2 * PACKET_S),)), seed=1)
        self.streams = (
            (Modality.ECG, made.ecg_rate_hz, made.ecg_mv),
            (Modality.EDA, made.eda_rate_hz, made.eda_us),
        )


class Wearer:
    """A source that delivers packets when a clock has reached their end."""

    modalities = (Modality.ECG, Modality.EDA)

    def __init__(self, signals: Signals, clock: Clock, begin_ns: int, seconds: float) -> None:
        self._signals, self._clock = signals, clock
        self._begin_ns, self._packets = begin_ns, round(seconds / PACKET_S)

    async def __aiter__(self) -> AsyncIterator[SourceItem]:
        for packet in range(self._packets):
            due_ns = self._begin_ns + round((packet + 1) * PACKET_S * NS_PER_S)
            await self._clock.sleep(max(0.0, (due_ns - self._clock.monotonic_ns()) / NS_PER_S))
            for modality, rate_hz, values in self._signals.streams:
                first, last = round(packet * PACKET_S * rate_hz), round((packet + 1) * PACKET_S * rate_hz)
                time_ns = self._begin_ns + round(first / rate_hz * NS_PER_S)
                yield Samples(modality=modality, time_ns=time_ns, rate_hz=rate_hz, values=values[first:last])

    async def aclose(self) -> None:
        """Nothing to release."""


class Noted:
    """Keeps how late each report was, and nothing else."""

    def __init__(self, late_ms: list[float]) -> None:
        self._late_ms, self.inferences, self.reports = late_ms, 0, 0

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        if isinstance(item, Report):
            self._late_ms.append(item.data_age_ms)
            self.reports += 1
            self.inferences += bool(item.probabilities)

    def close(self) -> None:
        """Nothing to finish."""


def work(args: argparse.Namespace) -> dict[str, object]:
    """One process's wearers."""
    bundle = load_bundle(default_bundle_path())
    short = msgspec.structs.replace(bundle.manifest.normalisation, reference_s=REFERENCE_S)
    manifest = msgspec.structs.replace(bundle.manifest, normalisation=short)
    engine, signals = open_engine(bundle), Signals(args.seconds)
    clock: Clock = VirtualClock() if args.virtual else SystemClock()
    late_ms: list[float] = []
    sinks: list[Noted] = []
    chance = random.Random(args.worker)

    async def all_of_them() -> Fleet:
        began_ns = clock.monotonic_ns()

        def session() -> Session:
            begin_ns = began_ns + round(chance.uniform(0, STAGGER_S) * NS_PER_S)
            source = Wearer(signals, clock, begin_ns, args.seconds)
            sinks.append(Noted(late_ms))
            return Session(source, Pipeline(manifest, engine, source.modalities, clock), sinks[-1:], clock)

        fleet = Fleet(
            {str(n): session for n in range(args.wearers)},
            clock,
            lambda name, line: print(line, file=sys.stderr),
        )
        await fleet.run()
        return fleet

    before_kb, used_s = _memory_kb(), time.process_time()
    with asyncio.Runner(loop_factory=VirtualTimeLoop if args.virtual else None) as runner:
        fleet = runner.run(all_of_them())
    after_kb = _memory_kb()
    return {
        "wearers": args.wearers,
        "cpu_s": time.process_time() - used_s,
        "rss_mb": after_kb / 1000,
        "rss_kb_per_wearer": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / args.wearers,
        "late_ms": [] if args.virtual else [round(ms, 2) for ms in late_ms],
        "reports": sum(s.reports for s in sinks),
        "inferences": sum(s.inferences for s in sinks),
        "broken": sum(len(r.failures) for r in fleet.results.values()),
    }


def _memory_kb() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


if __name__ == "__main__":
    main()
