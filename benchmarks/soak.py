"""A recording that is killed again and again: is every record back that was acknowledged, and how soon does it record again?

A child records through `edge_emotion.recording.recorder.Recorder`, a second of ECG and EDA each millisecond, flushed each 20 ms,
in files of 100 kB, and prints how many records the operating system has. It gets SIGKILL at a random moment. Then the session is
read: every acknowledged record must be there, whole, in order and with the values that were written.

    python benchmarks/soak.py --kills 500 [--jobs 4] [--seed 0] [--save]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import common
import numpy as np

from edge_emotion.recording.folder import sessions
from edge_emotion.recording.reading import SessionReader
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.settings import RecorderSettings
from edge_emotion.recording.writer import About
from edge_emotion.types import NS_PER_S, Modality, Samples

ABOUT = About(source="soak", modalities=(Modality.ECG, Modality.EDA), time_axis="recording")
SETTINGS = RecorderSettings(flush_s=0.02, sync_s=0.1, segment_bytes=100_000)
LONGEST_LIFE_S = 0.5
RESTART_LIMIT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What one killed session left behind."""

    acknowledged: int
    recovered: int
    readable: bool
    in_order: bool
    torn: bool
    files: int
    restart_s: float


def main() -> None:
    """Kill, read, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="children at a time (default: 1)")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    common.add_arguments(parser)
    args = parser.parse_args()
    if args.child:
        record_for_ever(args.child)
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        lives_s = [chance.uniform(0, LONGEST_LIFE_S) for _ in range(args.kills)]
        folders = [Path(folder) / f"{n:04d}" for n in range(args.kills)]
        with ThreadPoolExecutor(args.jobs) as pool:
            kills = list(pool.map(kill_once, folders, lives_s))
    restarts_s = sorted(k.restart_s for k in kills)
    common.finish(
        "soak",
        {
            "kills": len(kills),
            "acknowledged_records": sum(k.acknowledged for k in kills),
            "recovered_records": sum(k.recovered for k in kills),
            "kills_that_lost_acknowledged": sum(
                k.recovered < k.acknowledged or not k.in_order for k in kills
            ),
            "unreadable": sum(not k.readable for k in kills),
            "torn_tails": sum(k.torn for k in kills),
            "files": sum(k.files for k in kills),
            "start_to_first_acknowledged_s": {
                "p50": round(restarts_s[len(restarts_s) // 2], 2),
                "max": round(restarts_s[-1], 2),
            },
            "starts_over_5_s": sum(s > RESTART_LIMIT_S for s in restarts_s),
        },
        args,
    )


def kill_once(folder: Path, life_s: float) -> Kill:
    """One life of a child."""
    began_s = time.monotonic()
    command = [sys.executable, __file__, "--child", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        restart_s = time.monotonic() - began_s
        time.sleep(life_s)
        child.send_signal(signal.SIGKILL)
        lines = [first, *child.stdout.read().splitlines(keepends=True)]
    acknowledged = max(int(line) for line in lines if line.endswith(b"\n"))
    reader = SessionReader(sessions(folder)[0])
    try:
        records = list(reader)
    except Exception:  # whatever it is, the figure is that this session cannot be read
        records = []
    in_order = [r.frame.sequence for r in records] == list(range(len(records)))
    samples = [r.item for r in records if isinstance(r.item, Samples)]
    same = all(_same(item, _made(n)) for n, item in enumerate(samples))
    return Kill(
        acknowledged=acknowledged,
        recovered=len(records),
        readable=bool(records),
        in_order=in_order and same,
        torn=bool(reader.survey.losses),
        files=reader.survey.files,
        restart_s=restart_s,
    )


def record_for_ever(folder: Path) -> None:
    """What the child does."""
    recorder = Recorder(folder, ABOUT, SETTINGS, flushed=_acknowledge)
    recorder.open()
    n = 0
    while True:
        recorder.put(_made(n))
        n += 1
        time.sleep(0.0005)


def _acknowledge(records: int) -> None:
    os.write(1, b"%d\n" % records)


def _made(n: int) -> Samples:
    """The n-th record: a second of ECG, a second of EDA, in turn."""
    modality, rate_hz = ((Modality.ECG, 130.0), (Modality.EDA, 15.0))[n % 2]
    values = np.arange(int(rate_hz), dtype=np.float32) + n
    return Samples(modality=modality, time_ns=n // 2 * NS_PER_S, rate_hz=rate_hz, values=values, sequence=n)


def _same(one: Samples, other: Samples) -> bool:
    return one.sequence == other.sequence and np.array_equal(one.values, other.values)


if __name__ == "__main__":
    main()
