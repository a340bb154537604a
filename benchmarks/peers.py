"""Latency, CPU, start, memory and size beside what else there is: a report each second over a window of 60 s, in one run.

Each system is a process of its own; they take turns of some seconds of signal, so that a busy moment hits all.
``report_p50_ms``, ``report_p99_ms``: from the newest samples to the report. ``cpu_ms_per_s``: CPU time of everything per second
of signal. ``import_s``: importing and loading until it can be asked, the median of fresh processes. ``rss_mb``: resident after
the last turn. ``install_mb``: its packages and what they need, as installed here.

    python benchmarks/peers.py --run runs/stress [--rounds 20] [--save]       # --save also writes README's table and picture

``--run`` is the folder of the training that the shipped bundle came from, for torch.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import common
import msgspec
import numpy as np
import tables
from peer_systems import HOP_S, PEERS, WINDOW_S, Peer

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.profiling.inputs import make_inputs, save_inputs
from edge_emotion.profiling.installed import install_mb
from edge_emotion.profiling.process import memory
from edge_emotion.profiling.spawn import ONE_THREAD

CHILD = Path(__file__).resolve().parent / "peer_child.py"
SECONDS_A_TURN = 10


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a process says after a turn."""

    reports_ms: list[float]
    cpu_ms: float
    signal_s: float


class Process:
    """One system in its process."""

    def __init__(self, peer: Peer, session: Path, run: str) -> None:
        of = [str(PEERS.index(peer)), str(session), run]
        self._process = subprocess.Popen(
            [sys.executable, str(CHILD), *of],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")},
        )
        self.import_s = float(self._line())
        self.answers: list[Answer] = []
        self.rss_mb = 0.0

    def turn(self, seconds: int) -> None:
        """Ask for a turn and keep the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        self.answers.append(msgspec.json.decode(self._line(), type=Answer))
        self.rss_mb = memory(Path(f"/proc/{self._process.pid}")).now_mb

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a system's process ended; its message stands above")
        return line


def main() -> None:
    """Measure all in turns, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--run", required=True, metavar="DIR", help="the trained network as a run folder, for torch"
    )
    parser.add_argument("--rounds", type=int, default=20, help="turns of each system, of 10 s of signal")
    parser.add_argument("--starts", type=int, default=5, help="fresh processes for import_s")
    common.add_arguments(parser)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        session = Path(folder) / "session.npz"
        streamed_s = float(args.rounds * SECONDS_A_TURN + WINDOW_S)
        save_inputs(make_inputs(load_bundle(default_bundle_path()), streamed_s), session)
        imports_s = started(session, args.run, args.starts)
        processes = [Process(peer, session, args.run) for peer in PEERS]
        for _ in range(args.rounds):
            for process in processes:
                process.turn(SECONDS_A_TURN)
        for process in processes:
            process.close()
    rows = {
        peer.name: figures(peer, process, [s[i] for s in imports_s])
        for i, (peer, process) in enumerate(zip(PEERS, processes, strict=True))
    }
    result = {"systems": rows, "hop_s": HOP_S, "window_s": WINDOW_S, "rounds": args.rounds}
    common.finish("peers", result, args)
    if args.save:
        tables.main([])  # the README's table and picture are of this run


def started(session: Path, run: str, starts: int) -> list[list[float]]:
    """Time to import and load, of each system in turn, some times over."""
    found = []
    for _ in range(starts):
        row = []
        for peer in PEERS:
            process = Process(peer, session, run)
            row.append(process.import_s)
            process.close()
        found.append(row)
    return found


def figures(peer: Peer, process: Process, imports_s: Sequence[float]) -> dict[str, float]:
    """Of one system."""
    answers = process.answers
    reports_ms = [ms for answer in answers for ms in answer.reports_ms]
    p50_ms, p99_ms = np.percentile(reports_ms, (50, 99))
    return {
        "reports": len(reports_ms),
        "report_p50_ms": round(float(p50_ms), 4),
        "report_p99_ms": round(float(p99_ms), 4),
        "cpu_ms_per_s": round(sum(a.cpu_ms for a in answers) / sum(a.signal_s for a in answers), 4),
        "import_s": round(median(imports_s), 3),
        "rss_mb": round(process.rss_mb, 1),
        "install_mb": round(sum(install_mb(peer.packages).values()), 1),
    }


if __name__ == "__main__":
    main()
