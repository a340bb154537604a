"""``edge-emotion run`` on real recordings with both engines: one report a hop, the same labels, and what it said when.

Each recording goes through the command itself, once per engine. ``same_label`` compares the two engines' reports (label, or
the reason for silence); ``stress`` is the mean probability over the windows that lie inside of each labelled interval.

    python benchmarks/replay.py --data ../shared/data [--recordings drivedb/drive05,wesad_wrist/S2] [--save]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import common
import numpy as np

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion_train.datasets import Interval, open_dataset

FOLDERS = {
    "drivedb": ("drivedb", ""),
    "wesad_wrist": ("wesad_wrist_e4", ".npz"),
    "stress_predict": ("stress_predict", ".npz"),
}
"""Folder and suffix of each set: what ``--input`` is given."""

WESAD = tuple(f"wesad_wrist/S{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17))
HELD_OUT = ("drivedb/drive05", *(f"stress_predict/S{n}" for n in range(31, 36)))
ENGINES = ("onnxruntime", "litert")
LABEL = "stress"

Reports = Sequence[Mapping[str, Any]]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--recordings", help="comma-separated (default: everyone that was in no training)")
    parser.add_argument("--jobs", type=int, default=2, help="recordings at a time")
    parser.add_argument("--bundle", type=Path, help="an .emo file (default: the shipped one)")
    common.add_arguments(parser)
    args = parser.parse_args()
    path = args.bundle or default_bundle_path()
    names = args.recordings.split(",") if args.recordings else [*HELD_OUT, *WESAD]
    with ThreadPoolExecutor(args.jobs) as workers:  # threads that wait for commands
        found = workers.map(partial(replay, args.data, path), names)
        recordings = dict(zip(names, found, strict=True))
    compared = sum(r["windows"] for r in recordings.values())
    result = {
        "bundle": load_bundle(path).sha256,
        "same_label": sum(r["same_label"] * r["windows"] for r in recordings.values()) / compared,
        "windows": compared,
        "more_stress_in_stress": sum(r["more_stress_in_stress"] for r in recordings.values()),
        "recordings": recordings,
    }
    common.finish("replay", result, args)


def replay(data: Path, bundle: Path, name: str) -> dict[str, Any]:
    """One recording through both engines."""
    dataset, recording = name.split("/")
    folder, suffix = FOLDERS[dataset]
    recorded = data / folder / f"{recording}{suffix}"
    first, second = (run(recorded, bundle, engine) for engine in ENGINES)
    if [r["end_s"] for r in first] != [r["end_s"] for r in second]:
        raise SystemExit(f"{name}: the engines saw different windows")
    inferred = [(a, b) for a, b in zip(first, second, strict=True) if a["probabilities"]]
    same = sum(says(a) == says(b) for a, b in inferred)
    begins_s = cut_s(recorded) if dataset == "wesad_wrist" else 0.0
    stress = means(first, open_dataset(dataset, data).load(recording).intervals, begins_s)
    calm = "rest" if "rest" in stress else "baseline"
    tense = [
        v for k, v in stress.items() if k in ("stress", "city", "stroop", "interview", "hyperventilation")
    ]
    return {
        "reports": len(first),
        "windows": len(inferred),
        "same_label": same / len(inferred),
        "says": dict(Counter(says(r) for r in first)),
        "stress": stress,
        "more_stress_in_stress": bool(tense) and min(tense) > stress.get(calm, float("nan")),
    }


def run(recorded: Path, bundle: Path, engine: str) -> Reports:
    """The command's reports.

    Raises
    ------
    SystemExit
        If it fails.
    """
    command = [sys.executable, "-m", "edge_emotion", "run", "--source", "replay", "--input", str(recorded)]
    command += ["--speed", "max", "--json", "--bundle", str(bundle), "--engine", engine]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[2:])} gave exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def says(report: Mapping[str, Any]) -> str:
    """Label, or the reason for silence."""
    return str(report["label"] or report["abstention"])


def cut_s(recorded: Path) -> float:
    """Where the data set's reader cuts WESAD: at its baseline. The command gets the whole file."""
    with np.load(recorded, allow_pickle=False) as arrays:
        rows = arrays["intervals"]
    return float(rows[rows[:, 2] == 1, 0].min())


def means(reports: Reports, intervals: Sequence[Interval], begins_s: float) -> dict[str, float]:
    """Mean stress probability by interval name; windows must lie inside. ``begins_s`` is the intervals' zero in the reports."""
    found: dict[str, list[float]] = {}
    for interval in intervals:
        found.setdefault(interval.name, []).extend(
            r["probabilities"][LABEL]
            for r in reports
            if r["probabilities"]
            and r["start_s"] >= begins_s + interval.start_s
            and r["end_s"] <= begins_s + interval.end_s
        )
    return {name: round(sum(values) / len(values), 4) for name, values in found.items() if values}


if __name__ == "__main__":
    main()
