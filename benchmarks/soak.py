"""What a device goes through in a month: killed recordings, bad bundles, and what a day and many wearers cost.

A child records through `edge_emotion.recording.recorder.Recorder`, a second of ECG and EDA each millisecond, flushed each 20 ms,
in files of 100 kB, and prints how many records the operating system has. It gets SIGKILL at a random moment. Then the session is
read: every acknowledged record must be there, whole, in order and with the values that were written. A power cut would tear the
last file, SIGKILL does not: up to 4 KiB are cut off it, and the next child begins beside all torn files before it.
``restart_p95_s`` is from its start to its first acknowledged record, imports included.

Memory, open files and wearers in real time take hours or a quiet machine: they are taken from what `day.py` and `fleet.py` saved,
``taken_from`` says at which commit.

    python benchmarks/soak.py --kills 500 [--jobs 4] [--flips 1000] [--seed 0] [--save]
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

import bad_bundles
import common
import numpy as np
from pages import result

from edge_emotion.recording.folder import segments, sessions
from edge_emotion.recording.reading import SessionReader
from edge_emotion.recording.recorder import Recorder
from edge_emotion.recording.settings import RecorderSettings
from edge_emotion.recording.writer import About
from edge_emotion.types import NS_PER_S, Modality, Samples

ABOUT = About(source="soak", modalities=(Modality.ECG, Modality.EDA), time_axis="recording")
SETTINGS = RecorderSettings(flush_s=0.02, sync_s=0.1, segment_bytes=100_000)
LONGEST_LIFE_S = 0.5
LONGEST_TEAR_BYTES = 4096
RESTART_LIMIT_S = 5.0
CUTS = 50
REAL_TIME_S = 5.0
"""A report is late when the next one is due."""


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What one killed session left behind, ``beside`` so many others."""

    session: Path
    acknowledged: int
    recovered: int
    readable: bool
    in_order: bool
    torn: bool
    files: int
    beside: int
    restart_s: float

    @property
    def lost(self) -> int:
        """Acknowledged records that are not back as they were written."""
        return max(0, self.acknowledged - self.recovered) if self.in_order else self.acknowledged


def main() -> None:
    """Kill, read, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--flips", type=int, default=1000, help="flipped bits in bundles (default: 1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="children at a time (default: 1)")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    common.add_arguments(parser)
    args = parser.parse_args()
    if args.child:
        record_for_ever(args.child)
    shares = [args.kills // args.jobs + (n < args.kills % args.jobs) for n in range(args.jobs)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(args.jobs) as pool:
        folders = [Path(folder) / f"{n}" for n in range(args.jobs)]
        seeds = [args.seed * args.jobs + n for n in range(args.jobs)]
        kills = [kill for found in pool.map(lives, folders, shares, seeds) for kill in found]
    figures = {**_killed(kills), **bad_bundles.refused(args.flips, CUTS, args.seed), **_saved()}
    common.finish("soak", figures, args)


def lives(folder: Path, count: int, seed: int) -> list[Kill]:
    """One life after the other in the same folder, each beside what the ones before left torn."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        found.append(kill_once(folder, chance.uniform(0, LONGEST_LIFE_S)))
        last = segments(found[-1].session)[-1]
        os.truncate(last, max(0, last.stat().st_size - chance.randint(1, LONGEST_TEAR_BYTES)))
    return found


def _killed(kills: list[Kill]) -> dict[str, object]:
    restarts_s = sorted(k.restart_s for k in kills)
    return {
        "kills": len(kills),
        "acknowledged_records": sum(k.acknowledged for k in kills),
        "recovered_records": sum(k.recovered for k in kills),
        "frames_lost": sum(k.lost for k in kills),
        "kills_that_lost_acknowledged": sum(k.lost > 0 for k in kills),
        "unreadable": sum(not k.readable for k in kills),
        "torn_tails": sum(k.torn for k in kills),
        "files": sum(k.files for k in kills),
        "restart_p50_s": round(restarts_s[len(restarts_s) // 2], 2),
        "restart_p95_s": round(restarts_s[min(len(restarts_s) - 1, round(0.95 * len(restarts_s)))], 2),
        "restart_max_s": round(restarts_s[-1], 2),
        "most_torn_sessions_beside": max(k.beside for k in kills),
        "starts_over_5_s": sum(s > RESTART_LIMIT_S for s in restarts_s),
    }


def _saved() -> dict[str, object]:
    """What others measured at length."""
    day, fleet = result("day"), result("fleet")
    in_time = not fleet["broken_sessions"] and fleet["report_late_ms_p99"] < 1e3 * REAL_TIME_S
    return {
        "rss_slope_mb_per_day": day["rss_slope_mb_per_day"],
        "fd_growth": day["fd_growth"],
        "wearers_realtime": fleet["wearers"] if in_time else 0,
        "taken_from": {
            f"results/{name}.json": {key: saved["context"][key] for key in ("command", "commit")}
            for name, saved in (("day", day), ("fleet", fleet))
        },
    }


def kill_once(folder: Path, life_s: float) -> Kill:
    """One life of a child."""
    before = sessions(folder)
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
    (session,) = set(sessions(folder)) - set(before)
    reader = SessionReader(session)
    try:
        records = list(reader)
    except Exception:  # whatever it is, the figure is that this session cannot be read
        records = []
    in_order = [r.frame.sequence for r in records] == list(range(len(records)))
    samples = [r.item for r in records if isinstance(r.item, Samples)]
    same = all(_same(item, _made(n)) for n, item in enumerate(samples))
    return Kill(
        session=session,
        acknowledged=acknowledged,
        recovered=len(records),
        readable=bool(records),
        in_order=in_order and same,
        torn=bool(reader.survey.losses),
        files=reader.survey.files,
        beside=len(before),
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
