"""The process of one system: says how long importing and loading took, then does as many seconds as each line asks for.

python peer_child.py NUMBER SESSION.npz RUN
"""

import time

BEGAN_S = time.perf_counter()  # before anything is imported that a system would have to import

import json  # noqa: E402
import sys  # noqa: E402
from dataclasses import asdict  # noqa: E402
from pathlib import Path  # noqa: E402

from peer_systems import PEERS  # noqa: E402


def main(number: int, session: Path, run: str) -> None:
    """Load, then answer."""
    system = PEERS[number].make(run)
    print(time.perf_counter() - BEGAN_S, flush=True)
    system.prepare(session)
    for line in sys.stdin:
        print(json.dumps(asdict(system.turn(int(line)))), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
