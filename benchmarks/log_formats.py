"""Our framed log against MCAP: what is left after SIGKILL, and after one flipped bit at each of 1000 positions.

The same records (a second of ECG and of EDA each second, a report each five) are written as our log, as MCAP without chunks, with
chunks of 4 KiB, and with a chunk closed at every flush (through a private method of its writer). ``kills``: a child
flushes each 20 ms, says how many records it flushed, and is killed at a random moment. ``flips``: one bit of a whole file of ten
minutes. A record counts as wrong if it comes back with another content and nobody says so. MCAP's own reader stops where
it meets damage; what it gave before that counts.

    python benchmarks/log_formats.py [--kills 30] [--flips 1000] [--save]
"""

from __future__ import annotations

import argparse
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

import common
import numpy as np
from mcap.reader import NonSeekingReader
from mcap.writer import CompressionType, Writer

from edge_emotion.recording.frames import Frame, pack, scan

SECONDS = 600
Item = tuple[int, bytes]


class Log(Protocol):
    """A writer under test."""

    def add(self, sequence: int, payload: bytes) -> None: ...

    def flush(self) -> None: ...

    def finish(self) -> None: ...


class Framed:
    """Ours."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def add(self, sequence: int, payload: bytes) -> None:
        self.file.write(pack(Frame(kind=3, sequence=sequence, time_ns=sequence, payload=payload)))

    def flush(self) -> None:
        self.file.flush()

    def finish(self) -> None:
        self.file.flush()


class Mcap:
    """The standard's own writer; ``chunk_bytes`` 0: no chunks."""

    def __init__(self, file: IO[bytes], chunk_bytes: int, each_flush: bool) -> None:
        self.file, self.each_flush = file, each_flush
        self.writer = Writer(
            file,
            chunk_size=chunk_bytes or 1,
            compression=CompressionType.NONE,
            use_chunking=chunk_bytes > 0,
            enable_crcs=True,
            enable_data_crcs=True,
        )
        self.writer.start()
        self.channel = self.writer.register_channel("samples", "msgpack", 0)

    def add(self, sequence: int, payload: bytes) -> None:
        self.writer.add_message(self.channel, sequence, payload, sequence, sequence)

    def flush(self) -> None:
        if self.each_flush:
            self.writer._Writer__finalize_chunk()  # type: ignore[attr-defined]
        self.file.flush()

    def finish(self) -> None:
        self.writer.finish()
        self.file.flush()


def _writer(name: str, file: IO[bytes]) -> Log:
    match name:
        case "framed":
            return Framed(file)
        case "mcap-unchunked":
            return Mcap(file, 0, False)
        case "mcap-4k":
            return Mcap(file, 4096, False)
    return Mcap(file, 1 << 20, True)


NAMES = ("framed", "mcap-unchunked", "mcap-4k", "mcap-chunk-a-flush")


def payloads() -> Iterator[bytes]:
    """A made-up session, second by second."""
    noise = np.random.default_rng(0)
    for second in range(SECONDS):
        yield noise.normal(size=130).astype(np.float32).tobytes()
        yield noise.normal(size=15).astype(np.float32).tobytes()
        if second % 5 == 4:
            yield noise.bytes(300)


def read(name: str, data: bytes) -> list[Item]:
    """Everything that the format's reader gives."""
    if name == "framed":
        return [(f.sequence, f.payload) for f in scan(data) if isinstance(f, Frame)]
    found: list[Item] = []
    try:
        reader = NonSeekingReader(io.BytesIO(data), validate_crcs=True)
        for _, _, message in reader.iter_messages(log_time_order=False):
            found.append((message.sequence, message.data))
    except Exception:  # its reader raises a dozen types at damage, MemoryError among them
        pass
    return found


def flips(name: str, count: int, chance: random.Random) -> Mapping[str, Any]:
    """One bit wrong in a whole file, many times."""
    items = list(enumerate(payloads()))
    file = io.BytesIO()
    log = _writer(name, file)
    for n, (sequence, payload) in enumerate(items):
        log.add(sequence, payload)
        if n % 2 == 1:
            log.flush()
    log.finish()
    data, written = bytearray(file.getvalue()), dict(items)
    survived, wrong, halved = [], 0, 0
    for _ in range(count):
        at, bit = chance.randrange(len(data)), 1 << chance.randrange(8)
        data[at] ^= bit
        back = read(name, bytes(data))
        data[at] ^= bit
        good = sum(written.get(sequence) == payload for sequence, payload in back)
        survived.append(good / len(items))
        wrong += good < len(back)
        halved += good < len(items) / 2
    return {
        "bytes": len(data),
        "records": len(items),
        "records_lost_mean": round((1 - float(np.mean(survived))) * len(items), 2),
        "records_lost_worst": round((1 - min(survived)) * len(items)),
        "flips_with_a_wrong_record_given_as_good": wrong,
        "flips_that_lost_more_than_half": halved,
    }


def kills(name: str, count: int, chance: random.Random) -> Mapping[str, Any]:
    """SIGKILL at a random moment, many times."""
    missing = []
    with tempfile.TemporaryDirectory() as folder:
        for n in range(count):
            path = Path(folder) / str(n)
            command = [sys.executable, __file__, "--child", name, "--out", str(path)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
                assert child.stdout is not None
                first = child.stdout.readline()
                time.sleep(chance.uniform(0, 0.3))
                child.send_signal(signal.SIGKILL)
                lines = [first, *child.stdout.read().splitlines(keepends=True)]
            acknowledged = max(int(line) for line in lines if line.endswith(b"\n"))
            back = {sequence for sequence, _ in read(name, path.read_bytes())}
            missing.append(len(set(range(acknowledged)) - back))
    return {
        "kills": count,
        "kills_that_lost_acknowledged": sum(m > 0 for m in missing),
        "acknowledged_lost_worst": max(missing),
    }


def write_for_ever(name: str, path: Path) -> None:
    """What the child does."""
    with path.open("wb") as file:
        log = _writer(name, file)
        made = list(payloads())
        flush_at, n = time.monotonic(), 0
        while True:
            log.add(n, made[n % len(made)])
            n += 1
            if time.monotonic() >= flush_at:
                log.flush()
                os.write(1, b"%d\n" % n)
                flush_at = time.monotonic() + 0.02
            time.sleep(0.0005)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    common.add_arguments(parser)
    args = parser.parse_args()
    if args.child:
        write_for_ever(args.child, args.out)
    result = {
        name: {
            **flips(name, args.flips, random.Random(args.seed)),
            **kills(name, args.kills, random.Random(args.seed)),
        }
        for name in NAMES
    }
    common.finish("log_formats", result, args)


if __name__ == "__main__":
    main()
