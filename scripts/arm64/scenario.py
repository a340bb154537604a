"""The shipped bundle on emulated Raspberry Pis: both engines, three CPUs, two Debians, against the same on this machine.

    python scripts/arm64/scenario.py FOLDER [--save FILE.json]

The last line is one JSON object. Exit code 1 if a check failed, 75 if this machine cannot make the roots.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import common
import numpy as np
from board import BOARDS, Board, put_on
from compare import Outputs, difference, says_something
from guest_process import SHARED, Guest, GuestError
from root import SUITES, CannotRunError, Suite, make_root

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion.profiling.inputs import make_inputs

CANNOT_RUN = 75
HERE = Path(__file__).resolve().parent
ENGINES = ("onnxruntime", "litert")
WINDOWS = 20
CONTROL = "max"
"""qemu 7's own CPU: LiteRT's int8 is wrong on it, and the comparison must see that."""
PROTOCOL = """
[[phase]]
name = "rest"
duration_s = 370
[[phase]]
name = "stress"
duration_s = 60
heart_rate_bpm = 90
rmssd_ms = 25
scr_per_min = 8
"""
MOST_PROBABILITY_ERROR = 0.01

Row = dict[str, object]


def main() -> int:
    """Make what is missing, check, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where roots are kept")
    parser.add_argument(
        "--suite",
        action="append",
        choices=[s.name for s in SUITES],
        help="one of them; repeatable (default: all)",
    )
    parser.add_argument("--save", type=Path, help="also keep the result in this file")
    args = parser.parse_args()
    folder = args.folder.resolve()
    suites = [s for s in SUITES if args.suite is None or s.name in args.suite]
    try:
        rows = all_rows(suites, folder)
    except CannotRunError as error:
        print(error, file=sys.stderr)
        return CANNOT_RUN
    for row in rows:
        print(" ".join(f"{key}={value}" for key, value in row.items()))
    failed = sum(not row["ok"] for row in rows)
    whole = {
        "benchmark": "arm64",
        "emulated": True,
        "failed": failed,
        "checks": rows,
        "context": {**common.context(), "command": " ".join(["scripts/test-arm64", *sys.argv[2:]])},
    }
    if args.save:
        args.save.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(whole))
    return int(failed > 0)


def all_rows(suites: Sequence[Suite], folder: Path) -> list[Row]:
    """The suites side by side where there are cores for it."""
    with (
        TemporaryDirectory() as scratch,
        ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as turns,
    ):
        roots = turns.map(lambda suite: make_root(suite, folder), suites)
        trusted = Trusted(Path(scratch))
        made = turns.map(lambda suite, root: list(on_suite(suite, root, trusted)), suites, list(roots))
        return [row for suite in made for row in suite]


class Trusted:
    """What this machine says: outputs by engine, and reports of a short simulated session."""

    def __init__(self, scratch: Path) -> None:
        bundle = load_bundle(default_bundle_path())
        self.sha256 = bundle.sha256
        self.int8 = {f.path for f in bundle.manifest.model_files if f.precision == "int8"}
        self.windows, self.protocol = scratch / "windows.npz", scratch / "protocol.toml"
        windows = make_inputs(bundle, windows=WINDOWS).windows
        stacks = {name: np.stack([w[name] for w in windows]) for name in windows[0]}
        np.savez(self.windows, **stacks)  # type: ignore[arg-type] # numpy's stub takes the names for its own flag
        self.protocol.write_text(PROTOCOL)
        self.outputs: dict[str, Outputs] = {}
        for engine in ENGINES:
            saved = scratch / f"{engine}.npz"
            _here(str(HERE / "guest.py"), engine, str(self.windows), str(saved))
            self.outputs[engine] = loaded(saved)
            if not says_something(self.outputs[engine]):
                raise SystemExit("these windows prove nothing: their outputs hardly differ")
        self.reports = {engine: _reports(_here(*_run(engine, str(self.protocol)))) for engine in ENGINES}


def on_suite(suite: Suite, root: Path, trusted: Trusted) -> Iterator[Row]:
    """All checks of one root, one after another: they share its board's files."""
    shared = root / SHARED
    shared.mkdir(exist_ok=True)
    for path in (trusted.windows, trusted.protocol, HERE / "guest.py"):
        shutil.copy(path, shared)
    for board in BOARDS:
        put_on(board, root)
        for engine in ENGINES:
            yield named(suite, board.cpu, engine, engine_row(root, board.cpu, engine, trusted))
    last = BOARDS[-1] if suite is SUITES[-1] else BOARDS[0]
    put_on(last, root)
    yield named(suite, last.cpu, "cli", command_line_row(root, last, trusted))
    for engine in ENGINES:
        yield named(suite, last.cpu, f"run {engine}", run_row(root, last, engine, trusted))
    put_on(BOARDS[-1], root)
    yield named(suite, CONTROL, "control", control_row(root, trusted))


def named(suite: Suite, cpu: str, what: str, row: Row) -> Row:
    """A row that says what it is about."""
    return {"ok": row["ok"], "suite": suite.name, "cpu": cpu, "what": what, **row}


def engine_row(root: Path, cpu: str, engine: str, trusted: Trusted) -> Row:
    """One engine with the bundle's files: outputs, memory, and what was imported."""
    saved = f"{SHARED}/{engine}.npz"
    (root / saved).unlink(missing_ok=True)
    arguments = [f"/{SHARED}/guest.py", engine, f"/{SHARED}/{trusted.windows.name}", f"/{saved}"]
    try:
        line, held_mb = Guest(root=root, cpu=cpu).output_and_memory_mb(arguments)
    except GuestError as error:
        return {"ok": False, "error": str(error)}
    told, found = json.loads(line), loaded(root / saved)
    fine, steps, largest = not told["heavy"] and found.keys() == trusted.outputs[engine].keys(), 0.0, 0.0
    for name, values in trusted.outputs[engine].items():
        here = difference(found[name], values)
        int8 = name.partition(":")[0] in trusted.int8
        fine = fine and here.fine(int8=int8)
        if int8:
            steps = max(steps, here.steps)
        else:
            largest = max(largest, here.error)
    return {
        "ok": fine,
        "python": told["python"],
        "int8_steps": round(steps, 6),
        "float_error": largest,
        "rss_mb": round(held_mb, 1),
        "heavy_imports": told["heavy"],
    }


def command_line_row(root: Path, board: Board, trusted: Trusted) -> Row:
    """The command starts and reads the very bundle."""
    guest = Guest(root=root, cpu=board.cpu)
    try:
        usage = guest.output(["-m", "edge_emotion", "--help"])
        facts = json.loads(guest.output(["-m", "edge_emotion", "inspect", "--json"]))
    except GuestError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": "usage: edge-emotion" in usage and trusted.sha256 in json.dumps(facts)}


def run_row(root: Path, board: Board, engine: str, trusted: Trusted) -> Row:
    """A simulated session through the run command: the same reports."""
    try:
        told = Guest(root=root, cpu=board.cpu).output(_run(engine, f"/{SHARED}/{trusted.protocol.name}"))
    except GuestError as error:
        return {"ok": False, "error": str(error)}
    found, wanted = _reports(told), trusted.reports[engine]
    labels = [(r["label"], r["abstention"]) for r in found]
    same = labels == [(r["label"], r["abstention"]) for r in wanted]
    errors = [
        abs(a["probabilities"].get(name, 0.0) - value)
        for a, b in zip(found, wanted, strict=False)
        for name, value in b["probabilities"].items()
    ]
    largest = max(errors, default=1.0)
    ok = same and largest <= MOST_PROBABILITY_ERROR and len({label for label, _ in labels}) > 2
    return {"ok": ok, "reports": len(found), "same_labels": same, "probability_error": round(largest, 6)}


def control_row(root: Path, trusted: Trusted) -> Row:
    """Where qemu computes int8 wrongly, the comparison must say so; other releases of qemu prove nothing here."""
    told = subprocess.run(
        [shutil.which("qemu-aarch64-static") or "", "--version"], capture_output=True, text=True
    )
    version = told.stdout.split()[2] if told.returncode == 0 else "unknown"
    row = engine_row(root, CONTROL, "litert", trusted)
    seen = not row["ok"]
    return {"ok": seen or not version.startswith("7."), "qemu": version, "wrong_int8_seen": seen}


def loaded(path: Path) -> Outputs:
    """Arrays of an ``.npz``."""
    with np.load(path, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _run(engine: str, protocol: str) -> list[str]:
    asked = ["run", "--source", "simulate", "--protocol", protocol, "--engine", engine, "--precision", "int8"]
    return ["-m", "edge_emotion", *asked, "--json"]


def _reports(lines: str) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in lines.splitlines()]
    return [event for event in told if event["type"] == "report"]


def _here(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
