"""Every decoder of the bridge under a coverage-guided fuzzer: a packet or the one packet error, nothing else, whatever the bytes.

atheris (libFuzzer) mutates the vectors and keeps what reaches new lines of the decoders. ``exceptions`` is 0 or the run has ended
at the first other exception, with the bytes that caused it. Needs ``pip install atheris`` (Linux, x86-64).

    python benchmarks/fuzz.py [--frames 10000000] [--save]
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import common

VECTORS = Path(__file__).resolve().parents[1] / "firmware_bridge" / "vectors"
LONGEST = 300
CHILD = "--child"


def main() -> None:
    """Fuzz in a process of its own, which libFuzzer ends, then tell how it ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=10_000_000, help="frames thrown at the decoders")
    parser.add_argument("--seed", type=int, default=1)
    common.add_arguments(parser)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seeds = write_seeds(Path(folder) / "corpus")
        command = [sys.executable, __file__, CHILD, f"-runs={args.frames}", f"-seed={args.seed}"]
        command += [f"-max_len={LONGEST}", f"-artifact_prefix={folder}/", str(Path(folder) / "corpus")]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    told = re.search(r"Done (\d+) runs in (\d+) second", done.stderr)
    if told is None:
        sys.exit(done.stderr[-4000:])
    covered = re.findall(r"cov: (\d+) ft: (\d+)", done.stderr)
    result = {
        "frames": int(told[1]),
        "seeds": seeds,
        "exceptions": 0,
        "edges_reached": int(covered[-1][0]) if covered else None,
        "seconds": int(told[2]),
    }
    common.finish("fuzz", result, args)


def write_seeds(folder: Path) -> int:
    """The vectors, each behind the number of its decoder."""
    from decoders import DECODERS

    folder.mkdir()
    names, count = list(DECODERS), 0
    for path in sorted(VECTORS.glob("*.json")):
        for vector in json.loads(path.read_text())["vectors"]:
            number = names.index(vector["codec"])
            (folder / str(count)).write_bytes(bytes([number]) + bytes.fromhex(vector["hex"]))
            count += 1
    return count


def child() -> None:
    """What libFuzzer runs."""
    import atheris

    with atheris.instrument_imports(include=["edge_emotion_bridge"]):
        from decoders import DECODERS

        from edge_emotion_bridge import PacketError
    decoders = list(DECODERS.values())

    def one(data: bytes) -> None:
        if data:
            try:  # noqa: SIM105, suppress would cost more than the decoders
                decoders[data[0] % len(decoders)](data[1:])
            except PacketError:
                pass

    atheris.Setup([sys.argv[0], *sys.argv[2:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    child() if CHILD in sys.argv else main()
