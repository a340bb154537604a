"""Starting measured processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

import edge_emotion
from edge_emotion.errors import EngineError
from edge_emotion.profiling.job import Job, Outcome

COMMAND = (sys.executable, "-m", "edge_emotion.profiling.child")
# BLAS would spread numpy's products over all cores and its pool would count as wakeups and memory.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

T = TypeVar("T", bound=Outcome)


def spawn(job: Job, kind: type[T]) -> T:
    """Do a job in a fresh process; gives its outcome.

    Raises
    ------
    EngineError
        If the process fails; the message ends with its last line.
    """
    done = subprocess.run(
        COMMAND, input=msgspec.json.encode(job), capture_output=True, env=environment(), check=False
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"code {done.returncode}"
        raise EngineError(
            f"the measured process ({job.kind} {job.file}) ended with {how}: {lines[-1][:300]}; "
            "'edge-emotion doctor' tells which engines work here"
        )
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=kind)


def environment() -> dict[str, str]:
    """This process's environment with this very package first on the path, and one thread for numpy."""
    root = str(Path(edge_emotion.__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "PYTHONPATH": os.pathsep.join(paths)}
