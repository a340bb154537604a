"""Instructions of a Python program between marks, under valgrind's callgrind: on x86, on paths without AVX-512."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

MARK = "getpgid"
"""The function of the C library that a mark calls; valgrind closes a profile each time it is entered."""
_SUMMARY = re.compile(r"^summary: (\d+)$", re.MULTILINE)
STEADY = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""What must not change from run to run: the order in sets, and threads that spin."""


def available() -> bool:
    """Whether valgrind is there."""
    return shutil.which("valgrind") is not None


def counts(program: Path, arguments: Sequence[str]) -> list[int]:
    """Instructions from each mark to the next.

    Raises
    ------
    RuntimeError
        If the program fails; the message ends with its last line.
    """
    with TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        tool = [
            "valgrind",
            "--quiet",
            "--tool=callgrind",
            f"--dump-before={MARK}",
            f"--callgrind-out-file={profile}",
        ]
        done = subprocess.run(
            [*tool, sys.executable, str(program), *arguments],
            env={**os.environ, **STEADY},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise RuntimeError(f"{program.name} {' '.join(arguments)} ended with {done.returncode}: {last}")
        closed = sorted(Path(folder).glob("profile.*"), key=lambda path: int(path.suffix[1:]))
        return [int(_SUMMARY.findall(path.read_text())[0]) for path in closed][1:]
