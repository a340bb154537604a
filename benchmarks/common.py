"""What every benchmark shares: flags, the context of a measurement, one JSON object on the last line, saving it."""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = (
    "edge-emotion",
    "numpy",
    "scipy",
    "onnxruntime",
    "ai-edge-litert",
    "torch",
    "neurokit2",
    "sleepecg",
    "synheart-emotion",
    "wfdb",
    "mcap",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json`` and ``--save``, as every benchmark has them."""
    parser.add_argument("--json", action="store_true", help="print the JSON object only, no table")
    parser.add_argument("--save", action="store_true", help="also keep the object in benchmarks/results/")


def finish(name: str, result: Mapping[str, object], args: argparse.Namespace) -> None:
    """Print the result as a table (unless ``--json``) and as one JSON object on the last line; ``--save`` keeps it.

    Parameters
    ----------
    name
        Of the benchmark; the file is ``benchmarks/results/NAME.json``.
    result
        What was measured. A figure that is no number becomes ``null``.
    args
        With the flags of `add_arguments`.
    """
    whole = {"benchmark": name, **_plain(result), "context": context()}
    if not args.json:
        for key, value in result.items():
            print(f"{key:24} {json.dumps(_plain_value(value))}")
    line = json.dumps(whole, allow_nan=False)
    if args.save:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(
            json.dumps(whole, indent=2, allow_nan=False) + "\n", encoding="utf-8"
        )
    print(line, flush=True)


def context() -> dict[str, object]:
    """Commit, versions, processor and time of this measurement."""
    return {
        "command": " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := _version(name)) is not None},
        "cpu": cpu_name(),
        "machine": platform.machine(),
        "system": platform.system(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def cpu_name() -> str:
    """The processor's own name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    for key in ("model name", "Model", "Hardware"):
        for line in lines:
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    root = RESULTS.parent.parent
    git = ["git", "-C", str(root)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode:
        return None
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, check=False
    )
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {key: _plain_value(value) for key, value in values.items()}


def _plain_value(value: object) -> object:
    """Something that JSON knows: numpy scalars become numbers, what is no number becomes ``None``."""
    if isinstance(value, Mapping):
        return {str(k): _plain_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(v) for v in value]
    item = getattr(value, "item", None)
    if callable(item):
        value = item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
